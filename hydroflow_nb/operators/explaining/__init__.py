"""How an operator's items are explained by those that came to it: families of rules, one of them in each record."""
