"""Commands of ``domain-adapt``, a module each; a command gives the lines that are printed in the end."""
