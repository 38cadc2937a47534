"""How the built-in embedders are made: `python -m tests.training --help`. Never packaged;
needs torch.

The steps, in order: `pieces` (the shared tokenizer), `contextual` (the bilingual student),
`quantise` (its int8 ONNX file), `static` (the table). Every step writes one file into the working
folder and reads those of the steps before it.
"""
