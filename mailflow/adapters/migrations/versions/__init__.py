"""One file a step; they sort as text and are never changed once released."""
