"""How the site looks: templates, icons, formulas and fonts of our own, and repairs of what the theme writes."""
