# Writes countries.txt, languages.txt, phones.txt and iban.txt: codes, names and shapes as facts, from the packages
# that followthemoney cleans with (rigour, MIT; phonenumbers, Apache 2.0; the IBAN registry of SWIFT).
# Run from the room, in the environment that testdata/model.py names: v/bin/python testdata/facts.py
import os, re, unicodedata, stdnum
from babel import Locale
from normality import squash_spaces
from phonenumbers import PhoneMetadata as M
from phonenumbers.data import _COUNTRY_CODE_TO_REGION_CODE as REGIONS
from followthemoney.types import registry
from rigour.data.langs.iso639 import ISO3_MAP
from rigour.territories import get_ftm_countries
from rigour.territories.lookup import _get_identifier_map, _get_territory_names, _load_territory_names, lookup_territory
from rigour.territories.util import normalize_territory_name, SKIP_CHARACTERS


def fold(name):
    name = unicodedata.normalize("NFKC", name).casefold()
    keep = [c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in name if c not in SKIP_CHARACTERS]
    return squash_spaces("".join(keep))


def latin(name):
    return all(unicodedata.name(c, "").startswith("LATIN") for c in name if unicodedata.category(c) in ("Ll", "Lu", "Lo"))


def write(name, rows):
    with open(name, "w", encoding="utf-8", newline="\n") as f:
        f.writelines("\t".join(r) + "\n" for r in rows)


# Names in Spanish, Chinese and French that golang.org/x/text has and rigour does not know.
MORE = {
    "ac": "Isla de la Ascensión", "cp": "Isla Clipperton|Île Clipperton", "gw": "Guinea-Bisáu", "ta": "Tristán de Acuña|特里斯坦-达库尼亚群岛", "un": "Naciones Unidas|联合国",
    "bq": "荷属加勒比区|Pays-Bas caribéens", "bv": "布韦岛", "cz": "捷克", "dg": "迪戈加西亚岛", "gs": "南乔治亚和南桑威奇群岛", "ic": "加纳利群岛|Îles Canaries",
    "im": "马恩岛", "sj": "斯瓦尔巴和扬马延", "vg": "英属维尔京群岛", "vi": "美属维尔京群岛", "xk": "科索沃", "um": "Îles mineures éloignées des États-Unis", "bl": "Saint-Barthélemy",
    "cd": "Congo-Kinshasa", "nc": "Nouvelle-Calédonie", "pm": "Saint-Pierre-et-Miquelon", "sh": "Sainte-Hélène",
}


def countries():
    keys = {}
    for key, t in _get_territory_names().items():
        keys.setdefault(t.ftm_country, set()).add(key)
    known = _get_territory_names()
    for t, *lists in _load_territory_names():
        for name in (n for names in lists for n in names):
            owner = known.get(normalize_territory_name(name))  # weak names give way to strong ones
            if owner is t and t.ftm_country and not latin(name) and fold(name) not in known:
                keys[t.ftm_country].add(fold(name))
    for lang in ("ru", "uk", "be", "bg", "mk", "sr", "kk", "el", "hy", "ka", "ko"):  # scripts that rigour writes in Latin letters first
        for name in Locale.parse(lang).territories.values():
            t = lookup_territory(name)
            if t and t.ftm_country and not latin(name) and fold(name) not in known:
                keys[t.ftm_country].add(fold(name))
    for code, names in MORE.items():
        keys[code].update(normalize_territory_name(n) for n in names.split("|"))
    ids = {}
    for i, t in _get_identifier_map().items():
        ids.setdefault(t.ftm_country, set()).add(i)
    return [(t.code, t.name, " ".join(sorted(ids[t.code])), "|".join(sorted(keys[t.code]))) for t in sorted(get_ftm_countries(), key=lambda t: t.code)]


def languages():
    codes = registry.language.LANGUAGES
    return [(c, "|".join(sorted(k for k, v in ISO3_MAP.items() if v == c and k != c))) for c in sorted(codes)]


def phones():
    kinds = ["premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line", "mobile"]
    rows = []
    for code, regions in sorted(REGIONS.items(), key=lambda r: str(r[0])):
        metas = [M.metadata_for_nongeo_region(code) if r == "001" else M.metadata_for_region(r) for r in regions]
        main = metas[0]
        valid = {getattr(m, k).national_number_pattern for m in metas for k in kinds if getattr(m, k) and getattr(m, k).national_number_pattern}
        rows.append((str(code), main.national_prefix_for_parsing or "", (main.national_prefix_transform_rule or "").replace("\\", "$"),
                     main.general_desc.national_number_pattern, "|".join(sorted(valid))))
    return rows


def iban():
    path = os.path.join(os.path.dirname(stdnum.__file__), "iban.dat")
    rows = [re.match(r'([A-Z]{2}) .*bban="([^"]*)"', line) for line in open(path, encoding="utf-8")]
    return [m.groups() for m in rows if m]


write("countries.txt", countries())
write("languages.txt", languages())
write("phones.txt", phones())
write("iban.txt", iban())
