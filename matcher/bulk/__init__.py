"""All needs of a province against the catalogue, in parts that a killed run takes up again."""
