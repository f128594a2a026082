"""How good the models are: tables, and pictures of the worst cases, made again by one command."""
