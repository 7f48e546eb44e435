"""What a need means: what it asks for, its language, sectors, scenarios, functions and pains."""
