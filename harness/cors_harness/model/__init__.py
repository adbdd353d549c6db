"""The nouns of the harness as plain frozen dataclasses: scenario, cell, exchange, verdict, event.

In go values of `terms`; out come records without behaviour beyond derived properties. Units hand
them to each other, so every unit above `terms` and `text` may use them.
"""
