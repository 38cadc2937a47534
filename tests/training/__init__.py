"""How the built-in embedders are made: `python -m tests.training --help`. Never packaged;
needs torch.

The steps, in order: `pieces` (the shared tokenizer), `contextual` (the bilingual student),
`quantise` (its int8 ONNX file), `static` (the table). Every step writes one file into the working
folder and reads those of the steps before it.

A second encoder, which learns from E5 as well, starts from the one that is packaged: `teachers`
(both teachers' vectors of the training texts), `second` (the training), and `quantise` again.
"""
