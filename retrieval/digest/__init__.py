"""What a recording, minutes or a chat come to, in lines of the source: no sentence is written."""
