"""Storage engines, queries and the change bus: where records live and who hears of them."""
