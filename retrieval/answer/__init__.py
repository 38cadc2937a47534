"""An answer from hits: a draft, sentence by sentence checked, cited and quoted."""
