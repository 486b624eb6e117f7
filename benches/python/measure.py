"""The Python peers on the phrasings and questions that `peers export` wrote; one JSON line each, as `peers measure`.

    python measure.py DIR [--quick]
"""

import json
import pathlib
import statistics
import sys
import time

from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

ROUNDS = 3


class RapidFuzz:
    """`process.extractOne` over all phrasings, lower case on both sides."""

    def __init__(self, scorer, phrasings):
        self.scorer = scorer
        self.entries = [entry for entry, _ in phrasings]
        self.texts = [text.lower() for _, text in phrasings]

    def best(self, question):
        _, score, at = process.extractOne(question.lower(), self.texts, scorer=self.scorer)
        return self.entries[at], score


class Svm:
    """Words, pairs of words and character n-grams by TF-IDF, then a linear support vector machine."""

    def __init__(self, phrasings):
        features = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
        )
        self.model = make_pipeline(features, LinearSVC(random_state=0))
        self.model.fit([text for _, text in phrasings], [entry for entry, _ in phrasings])
        self.entries = [int(entry) for entry in self.model.classes_]

    def best(self, question):
        scores = self.model.decision_function([question])[0]
        at = int(scores.argmax())
        return self.entries[at], float(scores[at])


def rows(path):
    return [line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()]


def quantile(values, share):
    values = sorted(values)
    return values[min(int(len(values) * share), len(values) - 1)]


def ask(method, questions, rounds):
    """What is found for each question, and the median time over several rounds in microseconds."""
    best = []
    taken = [[] for _ in questions]
    for _ in range(rounds):
        best.clear()
        for (_, question), own in zip(questions, taken):
            start = time.perf_counter()
            best.append(method.best(question))
            own.append(1e6 * (time.perf_counter() - start))
    return best, [statistics.median(own) for own in taken]


def auroc(higher, lower):
    won = sum((high > low) + 0.5 * (high == low) for high in higher for low in lower)
    return won / (len(higher) * len(lower))


def measure(name, make, questions, rounds):
    start = time.process_time()
    method = make()
    ready = time.process_time() - start
    cpu = time.process_time()
    best, taken = ask(method, questions, rounds)
    cpu = time.process_time() - cpu
    covered = [(right, found) for (right, _), found in zip(questions, best) if right]
    others = [score for (right, _), (_, score) in zip(questions, best) if not right]
    print(json.dumps({
        "name": name,
        "ready_ms": 1e3 * ready,
        "cpu_us": 1e6 * cpu / len(questions) / rounds,
        "median_us": quantile(taken, 0.5),
        "p99_us": quantile(taken, 0.99),
        "right": sum(entry in right for right, (entry, _) in covered),
        "covered": len(covered),
        "auroc": auroc([score for _, (_, score) in covered], others),
    }), flush=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    rounds = 1 if "--quick" in sys.argv else ROUNDS
    phrasings = [(int(entry), text) for entry, text in rows(folder / "phrasings.tsv")]
    questions = [([int(at) for at in right.split(",") if at], text) for right, text in rows(folder / "questions.tsv")]
    measure("Python RapidFuzz, token_set_ratio", lambda: RapidFuzz(fuzz.token_set_ratio, phrasings), questions, rounds)
    measure("Python RapidFuzz, WRatio", lambda: RapidFuzz(fuzz.WRatio, phrasings), questions, rounds)
    measure("scikit-learn, TF-IDF + linear SVM", lambda: Svm(phrasings), questions, rounds)


main()
