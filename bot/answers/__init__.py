"""Approved answers found for a free question: folded syllables and their pairs, ranked by BM25."""
