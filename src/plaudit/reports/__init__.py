"""What people look at: tables, the HTML report, cards in plain words. No torch."""
