"""Texts that mean 'no value' in most columns and are values in some: '-' beside '+', Namibia's 'NA' beside 'ZA'."""

from __future__ import annotations

import re
from collections.abc import Collection

from isinglass.data.tables.missing.tokens import MISSING


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


COUNTRIES = words(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW EL EU UK "
    "XK AN"
)
"""ISO 3166-1 alpha-2, the continents among them (AF, AN, AS, EU, NA, OC, SA), and Eurostat's EL, UK and XK."""

CONTINENTS = words("AF AN AS EU NA OC SA")

STATES = words(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI AB BC MB NB NL NS NT NU ON PE QC SK YT"
)
"""States of the USA and provinces of Canada, none of which is NA."""

ELEMENTS = words(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr "
    "Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir "
    "Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U"
)
"""Symbols of the chemical elements, sodium (Na) among them."""

SIGNS = re.compile(r"\d?[+\-\u2212\u00b1]+|0|neutral")
MOST = 0.9
"""Part of the other codes that must be those of countries: lists of countries have their own additions."""

BY_WORD = frozenset({"", "nan", "null", "<na>", "#n/a"})
"""Markers that are no one's name for a class."""


def are_values(found: Collection[str]) -> frozenset[str]:
    """Which of the markers among a column's different texts are values there, in lower case."""
    others = {text for text in found if text.lower() not in MISSING}
    spared = {
        text.lower()
        for text in found
        if text.lower() in MISSING and others and any(rule(text, others) for rule in (_sign, _code, _element))
    }
    return frozenset(spared)


def _sign(text: str, others: set[str]) -> bool:
    """'-' and '--' beside '+'."""
    signs = all(SIGNS.fullmatch(other) for other in others)
    return text in ("-", "--") and signs and any("+" in other for other in others)


def _code(text: str, others: set[str]) -> bool:
    """'NA' beside codes of countries or continents, not beside those of American states."""
    if text.lower() != "na" or len(others) < 2 or text not in (text.upper(), text.lower()):
        return False
    same_case = [other for other in others if len(other) == 2 and other.isupper() == text.isupper()]
    codes = {other.upper() for other in same_case}
    if codes <= STATES and not codes <= CONTINENTS:
        return False
    return len(codes & COUNTRIES) >= MOST * len(others)


def _element(text: str, others: set[str]) -> bool:
    """'Na' beside other elements."""
    return text == "Na" and len(others) > 1 and others <= ELEMENTS
