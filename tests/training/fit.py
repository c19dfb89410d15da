"""From examples to weights: one logistic regression a role over sentences, then one over mails.

The weights of mails are fitted on what the sentence models of *other* hands say of a text: fitted on
their own training texts they would believe them too much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from mailflow.reading.about import case_of
from mailflow.reading.attending import Case, candidates
from mailflow.reading.by_cues import Conclusion
from mailflow.reading.features import INTENTS, ROLES, of_mail, of_whole
from mailflow.reading.involvement import of_statement
from mailflow.reading.lexicon import Lexicon, Role
from mailflow.reading.model import Intent
from mailflow.reading.names import same
from mailflow.reading.sentences import squeeze
from mailflow.reading.together import asks_openly
from mailflow.reading.weights import Weights, likely, written
from tests.score_corpus import overlap
from tests.training.examples import Example

OUTPUTS = (*ROLES, *(f"in {intent}" for intent in INTENTS))
SENTENCES_C, VALUES_C = 30.0, 0.3  # the strength of the fit; more of it learns the examples by heart
SEEN_AT_LEAST = 3  # a feature of one or two texts only tells nothing; of sentences it takes one more
SENTENCES_SCALE, PEOPLE_SCALE, VALUES_SCALE = 10, 100, 1000  # weights are kept to a tenth ... a thousandth
# Hands that hold one sort of mail only: what it looks like can be learned of them, how often it comes cannot.
SHARE = {"answers": 0.3, "circulars": 0.1, "plain": 0.3, "strangers": 0.1}
SEATED = {"register", "cancel", "change"}  # mails that are about people
_STATING = {"register", "change"}  # mails in which involvement is labelled
_MUCH = 0.5  # words a sentence and a statement have in common (F1), from which it is (part of) it
SMALLEST = 0.3  # weights nearer to nought are left out of the file


def sentence_weights(examples: Sequence[Example]) -> str:
    """The table of sentences."""
    sets = [f for e in examples for f in e.features]
    counted = Counter(f for s in sets for f in s)
    vocabulary = {f: i for i, f in enumerate(sorted(f for f, n in counted.items() if n > SEEN_AT_LEAST))}
    values = _matrix(sets, vocabulary)
    told = _told(examples)
    fitted = [_fit_one(values[told], wanted[told]) for wanted in _role_targets(examples)]
    fitted += [_fit_one(values, wanted) for wanted in _intent_targets(examples)]
    return _table(OUTPUTS, fitted, vocabulary)


def _table(
    outputs: Sequence[str], fitted: Sequence[tuple[np.ndarray, float]], vocabulary: Mapping[str, int]
) -> str:
    rows = {f: [coefficients[i] for coefficients, _ in fitted] for f, i in vocabulary.items()}
    rows = {f: [w if abs(w) >= SMALLEST else 0.0 for w in ws] for f, ws in rows.items()}
    return written(outputs, [bias for _, bias in fitted], rows, SENTENCES_SCALE)


def text_weights(examples: Sequence[Example]) -> str:
    """The table of texts as a whole."""
    sets = [of_whole([*e.body, *e.subject]) for e in examples]
    counted = Counter(f for s in sets for f in s)
    vocabulary = {f: i for i, f in enumerate(sorted(f for f, n in counted.items() if n >= SEEN_AT_LEAST))}
    values = _matrix(sets, vocabulary)
    fitted = [_fit_one(values, np.array([e.intent == intent for e in examples])) for intent in INTENTS]
    return _table(INTENTS, fitted, vocabulary)


def _matrix(sets: Sequence[Iterable[str]], vocabulary: Mapping[str, int]) -> csr_matrix:
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for features in sets:
        features = list(features)
        known = sorted(vocabulary[f] for f in features if f in vocabulary)
        columns += known
        values += [len(features) ** -0.5] * len(known)
        ends.append(len(columns))
    shape = (len(sets), len(vocabulary))
    return csr_matrix((np.array(values), np.array(columns, dtype=np.int32), np.array(ends)), shape=shape)


def _told(examples: Sequence[Example]) -> np.ndarray:
    """The sentences whose roles the labels tell. Of a subject above a text they tell nothing, unless the
    decision stands there."""
    return np.array(
        [
            bool(roles) or (bool(e.row["sentences"]) and i < max(1, len(e.body)))
            for e in examples
            for i, roles in enumerate(e.roles)
        ]
    )


def _role_targets(examples: Sequence[Example]) -> list[np.ndarray]:
    roles = [r for e in examples for r in e.roles]
    return [np.array([role in r for r in roles]) for role in ROLES]


def _intent_targets(examples: Sequence[Example]) -> list[np.ndarray]:
    intents = [e.intent for e in examples for _ in e.features]
    return [np.array([i == intent for i in intents]) for intent in INTENTS]


def _fit_one(values: csr_matrix, wanted: np.ndarray) -> tuple[np.ndarray, float]:
    if not wanted.any():
        return np.zeros(values.shape[1]), -6.0
    model = LogisticRegression(C=SENTENCES_C, solver="liblinear", tol=1e-2, random_state=0)
    model.fit(values, wanted)
    return model.coef_[0], float(model.intercept_[0])


def weighed(example: Example, table: Weights, texts: Weights) -> Example:
    """The example with the chances that a table of sentences gives its sentences, and the odds that one of
    texts gives the whole."""
    signs = [*example.body, *example.subject]
    out = []
    for s, features in zip(signs, example.features, strict=True):
        sums = table.sums(features, len(features) ** -0.5)
        out.append(replace(s, chances={n: likely(v) for n, v in zip(table.outputs, sums, strict=True)}))
    n = len(example.body)
    whole = of_whole(out)
    odds = dict(zip(INTENTS, texts.sums(whole, len(whole) ** -0.5), strict=True))
    return replace(example, body=out[:n], subject=out[n:], odds=odds)


def held_out(examples: Sequence[Example]) -> list[Example]:
    """Every example, weighed by tables made of the other hands."""
    out: dict[int, Example] = {}
    for hand in sorted({e.hand for e in examples}):
        others = [e for e in examples if e.hand != hand]
        tables = Weights.of(sentence_weights(others)), Weights.of(text_weights(others))
        out |= {i: weighed(e, *tables) for i, e in enumerate(examples) if e.hand == hand}
    return [out[i] for i in range(len(examples))]


def mail_features(example: Example) -> dict[str, float]:
    """What the second model sees of an example."""
    return of_mail(example.body, example.subject, example.asked, example.by_cues, example.odds)


def mail_weights(features: Sequence[Mapping[str, float]], examples: Sequence[Example]) -> str:
    """The table of mails, from the features of examples weighed by other hands."""
    shares = [SHARE.get(e.hand, 1.0) for e in examples]
    model, vocabulary = _fit_values(features, [e.intent for e in examples], shares)
    place = {str(c): i for i, c in enumerate(model.classes_)}
    known = [i for i in INTENTS if i in place]
    rows = {f: [float(model.coef_[place[c]][i]) for c in known] for f, i in vocabulary.items()}
    return written(known, [float(model.intercept_[place[c]]) for c in known], rows, VALUES_SCALE)


def statement_weights(examples: Sequence[Example]) -> str:
    """The table of statements of involvement, from examples weighed by other hands."""
    found = [(f, y) for e in _labelled(examples, _STATING) for f, y in statements(e)]
    model, vocabulary = _fit_values([f for f, _ in found], [str(y) for _, y in found])
    rows = {f: [float(model.coef_[0][i])] for f, i in vocabulary.items()}
    return written(["statement"], [float(model.intercept_[0])], rows, VALUES_SCALE)


def _labelled(examples: Sequence[Example], intents: set[str]) -> list[Example]:
    """Those of these intents whose labels tell more than the intent."""
    return [e for e in examples if e.intent in intents and e.row["people"] is not None]


def statements(example: Example) -> list[tuple[dict[str, float], bool]]:
    """Of each sentence its features, and whether it states the involvement."""
    wanted = squeeze(example.row["involvement"] or "")
    out = []
    for i, s in enumerate(example.body):
        text = squeeze(s.sentence.text)
        is_one = bool(wanted) and (text in wanted or wanted in text or overlap(wanted, text) >= _MUCH)
        out.append((of_statement(example.body, i, example.wishes, example.intent, example.asked), is_one))
    return out


def people_weights(examples: Sequence[Example], lexicon: Lexicon) -> str:
    """The table of people, from examples weighed by other hands."""
    found = [c for e in _labelled(examples, SEATED) for c in people_of(e, lexicon)]
    model, vocabulary = _fit_values([f for f, _ in found], [str(y) for _, y in found])
    rows = {f: [float(model.coef_[0][i])] for f, i in vocabulary.items()}
    return written(["person"], [float(model.intercept_[0])], rows, PEOPLE_SCALE)


def people_of(example: Example, lexicon: Lexicon) -> list[tuple[dict[str, float], bool]]:
    """Of everybody a text names their features, and whether it is about them."""
    wanted = [str(p["name"]) for p in example.row["people"]]
    case = people_case(example, lexicon)
    found = candidates(case, lexicon.names, lexicon.decider.concepts)
    return [(c.features, any(same(c.person.name, w) for w in wanted)) for c in found]


def people_case(example: Example, lexicon: Lexicon) -> Case:
    """What is known of the people of a text, its intent being known."""
    e = example
    decision = Conclusion(
        intent=Intent(e.intent),
        confidence=1.0,
        replaces=any(s[Role.REPLACE] >= 1.0 and not asks_openly(s) for s in e.body),
        adds=any(s[Role.ADD] >= 1.0 and not asks_openly(s) for s in e.body),
    )
    return case_of(e.sender, decision, e.asked, e.body, e.subject, e.parts, e.event, lexicon)


def _fit_values(
    features: Sequence[Mapping[str, float]], wanted: Sequence[str], shares: Sequence[float] | None = None
) -> tuple[LogisticRegression, dict[str, int]]:
    """A model of features that have values of their own."""
    counted = Counter(name for f in features for name in f)
    vocabulary = {f: i for i, f in enumerate(sorted(f for f, n in counted.items() if n >= SEEN_AT_LEAST))}
    values = np.zeros((len(features), len(vocabulary)))
    for row, found in enumerate(features):
        for name, value in found.items():
            if name in vocabulary:
                values[row, vocabulary[name]] = value
    model = LogisticRegression(C=VALUES_C, max_iter=500, tol=1e-3)
    model.fit(
        csr_matrix(values), np.array(wanted), sample_weight=None if shares is None else np.array(shares)
    )
    return model, vocabulary
