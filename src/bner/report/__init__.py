"""Reports: what tracked runs and their analysis say, as tables and figures."""
