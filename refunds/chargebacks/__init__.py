"""Chargebacks: a payment that the payer's bank takes back without asking us, and what comes of it."""
