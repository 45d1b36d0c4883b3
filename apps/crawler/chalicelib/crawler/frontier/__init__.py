"""Pages of a run: visited records, the page budget, the fetch queue."""
