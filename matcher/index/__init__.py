"""What is searched: generations, their columns and vectors, the word index, and what changed since."""
