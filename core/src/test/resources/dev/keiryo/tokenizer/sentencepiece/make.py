"""Makes the models and expected.jsonl in this folder, with python3-sentencepiece 0.1.97 (Debian 12).

Usage: /usr/bin/python3 make.py [NAME=PATH ...]
Trains small models on made-up text (fixed seed), and records what SentencePiece's own encoder makes of a list of awkward
texts. With further models (NAME=PATH), records those too without copying them.
"""
import json
import random
import sys

import sentencepiece as sp

random.seed(11)
SYLLABLES = ["ka", "mi", "ro", "tes", "lun", "va", "or", "ith", "é", "ß", "日本", "語", "です", "かな", "12", "3.5", "ing"]
TEXTS = [
    "", " ", "  ", "\t", "a", " a", "a ", " a  b ", "kamiro", "KAMIRO", "tes lun va", "kami\tro", "kami\nro", "日本語ですかな",
    "日本 語", "é", "e\u0301", "ﬁne ①②③ ｶﾞｷﾞ", "ㇰ㌀ ½ ²", "x<sep>y", "<sep>", "a <sep> b", "<sep><sep> kami <sep>", "<s>",
    "</s> <unk> <pad>", "zzzz qqq", "🙂🙂 👨‍👩‍👧", "\u3000全角　空白\u00a0nbsp", "va" * 40, "▁va▁", "▁▁ ▁", "12345 3.5.1",
    "a\u200bb\u00adc\ufeff", "\u0000x", "İstanbul ǅ", "ば ば\u3099", "한국어 각", "  kami  ro  ", "...!!!", "\r\n\r\n",
]


def corpus():
    words = ["".join(random.choice(SYLLABLES) for _ in range(random.randint(1, 3))) for _ in range(150)]
    weights = [1 / (i + 1) for i in range(len(words))]
    return [" ".join(random.choices(words, weights, k=random.randint(3, 12))) for _ in range(800)]


def train(name, **options):
    options = {"vocab_size": 160, "normalization_rule_name": "identity", "num_threads": 1, "minloglevel": 2,
               "hard_vocab_limit": False, **options}
    sp.SentencePieceTrainer.train(sentence_iterator=iter(LINES), model_prefix=name, **options)


LINES = corpus()
with open("rules.tsv", "w") as f:  # aa -> A, aaa -> B, é (two forms) -> e, soft hyphen -> nothing, ideographic space -> space
    f.write("61 61\t41\n61 61 61\t42\nE9\te\n".replace("\te\n", "\t65\n") + "65 301\t65\nAD\t\n3000\t20\n")
train("unigram", user_defined_symbols=["<sep>", "12"], pad_id=3)
train("unigram-bytes", byte_fallback=True, vocab_size=400, remove_extra_whitespaces=False, character_coverage=0.99)
train("bpe", model_type="bpe", byte_fallback=True, vocab_size=420, character_coverage=0.99)
train("bpe-plain", model_type="bpe", add_dummy_prefix=False, remove_extra_whitespaces=False)
train("word", model_type="word")
train("char", model_type="char")
train("suffix", treat_whitespace_as_suffix=True)
train("rules", normalization_rule_tsv="rules.tsv", normalization_rule_name="user_defined")

names = ["unigram", "unigram-bytes", "bpe", "bpe-plain", "word", "char", "suffix", "rules"]
models = [(n, n + ".model") for n in names] + [tuple(a.split("=")) for a in sys.argv[1:]]
with open("expected.jsonl", "w") as out:
    for name, path in models:
        p = sp.SentencePieceProcessor(model_file=path)
        for text in TEXTS + LINES[:10]:
            ids = p.encode(text)
            out.write(json.dumps({"model": name, "text": text, "ids": ids, "decoded": p.decode(ids)}) + "\n")
