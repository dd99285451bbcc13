"""A broker's refusals as one table: a row for each code, with its HTTP status, its text, and when it is the answer.

    AB1009 200 Symbol Not Found              | reason symbol, exchange *, symboltoken *
    AB2002 200 ROBO order is block           | variety ROBO
    -      403 Access denied because of rate | status 429

Behind `|`, apart by commas, a subject and what is the matter with it:

- `quantity missing too_small`: a field of a request with one of these faults (`order_form.Fault`); `tag *` any fault of
  it; `variety ROBO` the field with this value; `*` stands for every other field. `change.tag missing`, `change.* *`: in
  the request that the broker's tables call `change`, before what is said of all.
- `reason funds`: the exchange refuses an order or a change; `cancel final`: it does so when the request cancels.
- `status 429`: what a fault asks for, and the sandbox itself: 404 and 405 for unknown paths and methods, 429 for what
  is too fast; `same 404 405`: likewise, but answered with that status and not with the row's.
- `session missing`: what is wrong with a token (`SessionProblem`); `oauth client`: with a login (`oauth.Problem`).
- `strange`: a refusal with a code that no document knows.
- `as price_missing`: what the program calls it (`Table.named`).
- `LIMIT without price`, `MARKET with price`: an amount that this kind of order needs, or must not name.
- `header accept .+`: a header that does not fit as a whole; `header:WEB browsername .+` where `WEB` is asked for.

`reason *`, `status *` and `session *` stand for what is not named. `{field}` and `{value}` in a text are those of the
request. A code `-` is none; a text after `* ` comes second to the exchange's own words. A line that begins with `|`
goes on.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from torana.sandbox.faults import Operation
from torana.sandbox.models import Reason
from torana.sandbox.order_form import Fault
from torana.sandbox.refusals import Refusal, Refusals, Refused, SessionProblem
from torana.sandbox.web import Request, Response

_ROW = re.compile(r"(\S+)\s+(\d+)\s*(.*?)\s*(?:\|\s*(.*))?")
_EVERY = "*"


@dataclass(frozen=True, slots=True)
class Row:
    """One refusal, and when it is the answer."""

    line: Refusal
    when: str = ""


def rows(table: str) -> tuple[Row, ...]:
    """Rows from text. Raises `ValueError` for one that cannot be read."""
    return tuple(_row(text) for text in re.sub(r"\n\s*\|", " |", table).strip().splitlines())


def _row(text: str) -> Row:
    found = _ROW.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    code, status, words, when = found.groups(default="")
    own = words.startswith("* ")
    return Row(Refusal(int(status), code.removeprefix("-"), words.removeprefix("* "), own), when)


class Table:
    """Every refusal of one broker."""

    def __init__(self, of: Iterable[Row]) -> None:
        self.codes: dict[str, Refusal] = {}
        """The first row of each code."""
        self._lines: dict[tuple[str, str], Refusal] = {}
        self._headers: list[tuple[str, str, re.Pattern[str], Refusal]] = []
        """What else has to be so, name, pattern."""
        self._amounts: list[tuple[str, bool, str, Refusal]] = []
        """Kind of order, whether this amount is wrong or its want, name."""
        for row in of:
            self.codes.setdefault(row.line.code, row.line)
            for entry in filter(None, map(str.strip, re.split(r",\s", row.when))):
                subject, *cases = entry.split()
                head, _, condition = subject.partition(":")
                if head == "header":
                    self._headers.append((condition, cases[0], re.compile(cases[1]), row.line))
                    continue
                if cases[:1] in (["with"], ["without"]):
                    self._amounts.append((subject, cases[0] == "with", cases[1], row.line))
                    continue
                self._lines |= {(subject, case): row.line for case in cases or [_EVERY]}

    def line(self, subject: str, case: str) -> Refusal | None:
        return self._lines.get((subject, case))

    def named(self, name: str) -> Refusal:
        """The row of this name. Raises `KeyError`."""
        return self._lines["as", name]

    def refused(
        self, code: str, text: str | None = None, *, field: str | None = None, value: object = None,
        status: int | None = None,
    ) -> Refused:  # fmt: skip
        """The first row of a code, with another text or status where a case has its own."""
        line = self.codes[code]
        return replace(line, status=status or line.status).refused(text, field=field, value=value)

    def check_headers(self, request: Request, condition: str = "") -> None:
        """Raises the row of the first header that is missing or does not fit; `condition`: of those under this one."""
        for of, name, pattern, line in self._headers:
            if of == condition and not pattern.fullmatch(request.headers.get(name, "")):
                raise line.refused()

    def check_amounts(self, kind: str, amounts: Mapping[str, int]) -> None:
        """Raises the first row that this kind of order, with these amounts by their fields, meets."""
        for of, there, name, line in self._amounts:
            if of == kind and bool(amounts[name]) is there:
                raise line.refused(field=name)

    def of_field(self, name: str, fault: Fault, value: object, request: str = "") -> Refused:
        """What is wrong with a field: for `order_form.Reader`. `request`: what the broker's tables call it."""
        tried = ((name, str(value)), (name, fault.value), (_EVERY, fault.value), (name, _EVERY), (_EVERY, _EVERY))
        first = ((f"{request}.{subject}", case) for subject, case in tried) if request else ()
        line = next(self._lines[one] for one in (*first, *tried) if one in self._lines)
        text = line.text.format(field=name, value=value) if "{" in line.text else None
        return line.refused(text, field=name, value=value)

    def of_request(self, request: str) -> Callable[[str, Fault, object], Refused]:
        return lambda name, fault, value: self.of_field(name, fault, value, request)

    def refusals(
        self, answer: Callable[[Refused], Response], in_the_book: Mapping[Reason, Refusal] | None = None
    ) -> Refusals:
        statuses = {int(case): line for case, line in self._of("status").items()}
        same = {int(case): replace(line, status=int(case)) for case, line in self._of("same").items()}
        session = self._of("session")
        return Refusals(
            answer=answer,
            no_session={one: session.get(one.value) or self._lines["session", _EVERY] for one in SessionProblem},
            reasons={Reason(case): line for case, line in self._of("reason").items()},
            reasons_in={
                (Operation(operation), Reason(case)): line
                for operation in (Operation.PLACE, Operation.MODIFY, Operation.CANCEL)
                for case, line in self._of(operation.value).items()
            },
            in_the_book=in_the_book or {},
            other_reason=self._lines["reason", _EVERY],
            statuses=statuses | same,
            other_status=self._lines["status", _EVERY],
            strange=self._lines["strange", _EVERY],
        )

    def _of(self, subject: str) -> dict[str, Refusal]:
        return {case: line for (of, case), line in self._lines.items() if of == subject and case != _EVERY}
