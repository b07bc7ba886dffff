# Writes values and what followthemoney makes of them, one JSON object a line: {prop, value, clean}.
# With an argument N it writes every Nth only: v/bin/python testdata/vectors.py 40 > testdata/vectors.jsonl
import json, random, string, sys
from babel import Locale
from followthemoney import model
from stdnum import bic, figi, iban, isin, lei, luhn
from stdnum.br import cnpj, cpf
from stdnum.cn import uscc
from stdnum.ru import inn
from stdnum.iso7064 import mod_97_10
import phonenumbers as P

rnd = random.Random(6)
rows = []


def add(prop, *values):
    rows.extend((prop, v) for v in values if v)


def digits(n):
    return "".join(rnd.choice(string.digits) for _ in range(n))


def alnum(n):
    return "".join(rnd.choice(string.digits + string.ascii_uppercase) for _ in range(n))


def dress(s):
    """The same value as people write it."""
    k = rnd.randrange(8)
    if k == 0: return s.lower()
    if k == 1: return "  " + s + "\u00a0"
    if k == 2: return " ".join(s[i:i + 4] for i in range(0, len(s), 4))
    if k == 3: return "-".join(s[i:i + 3] for i in range(0, len(s), 3))
    if k == 4: return s[:-1] + rnd.choice(string.digits)
    if k == 5: return s[:3] + "\u200b" + s[3:]
    return s


text = ["  a  b ", "\u201cX\u201d", "'quoted'", '"C. A. Telefonos"', '"', "''", '"half', "a\nb", "Jose\u0301 Pe\u0301rez", "中国电子进出口有限公司", "ООО \u00abРога\u00bb",
        "\ufeffBOM", "tab\there", "zero\u200bwidth", "soft\u00adhyphen", "nb\u00a0sp", "\u3000ideographic\u3000space", "bell\x07", "\x85x", "line\u2028sep", "", " ", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
        "ﬁ ligature", "\u212bngstr\u00f6m", "e\u0301\u0323", "1\u2044 2", "\U0001f600 smile", "Ltd.\u200e", "\u061cArabic mark", "A\u0a00B", "x" * 500]
for p in ("Thing:name", "Thing:summary", "Thing:keywords", "Document:bodyText", "HyperText:bodyHtml", "Document:contentHash", "Thing:address", "Thing:notes"):
    if model.get_qname(p): add(p, *text)
add("Thing:address", "Av. Libertador;Torre A\nCaracas", "Calle 1<BR>Caracas<BR/>VE", "J. Smith, ESQ., London", "J. ESQ, London", "a, , b", "a,. b", "a,\t,b", "A,\r\nB", ",,", ";", "a;;b")
for y in (1000, 1899, 2013, 2024, 2999, 3000, 999):
    for m in (0, 1, 2, 4, 12, 13):
        for d in (0, 1, 28, 29, 30, 31, 32):
            add("Thing:createdAt", f"{y}-{m:02d}-{d:02d}")
add("Thing:createdAt", "2013", "2013-02", "2013-2", "2013-2-3", "2013-02-30", "2013-02-305", "2013-123", "2013年", "2013 approx", "c. 2013", " 2013", "20130216", "2013/02/16", "16.02.2013", "1/2/2013",
    "2013-02-16T21", "2013-02-16T21:48", "2013-02-16T21:48:52", "2013-02-16 21:48:52", "2013-02-16T24:00:00", "2013-02-16T23:59:60", "2013-02-16T21:48:52Z", "2013-02-16T21:48:52+02:00", "2013-02-16T21:48:52-0330",
    "2013-02-16T21:48:52.1234Z", "2013-02-16T21:48:52.123456+01:00", "2013-02-16T21:48:52.123+01:00", "2013-02-16T00:48:52+02:00", "2013-02-16T21:48:52+99:00", "2013-02-16T21:48:52+02", "2013-W07", "2013-2014", "2013-00", "2013-00-05",
    "2013-05-00", "2013-05-00T10:11:12+05:00", "2013_", "2013x", "2013-x", "2013-02-16x", "2013-02-16T2x", "2013-02-16T7:5:3", "2013-02-16t10:11", "1013-02-16", "0013", "2013-12-31T23:30:00-05:00", "２０１３", "2013-02-16T10:11:12.12345", "2013-02-16T10:11:12+5:00")
for _ in range(300):
    add("Thing:createdAt", f"{rnd.choice((1917, 1999, 2021))}-{rnd.randrange(14)}-{rnd.randrange(34)}" + rnd.choice(("", "T", " ")) + f"{rnd.randrange(26)}:{rnd.randrange(62)}:{rnd.randrange(62)}" + rnd.choice(("", "Z", "+01:00", "-11:30")))
for lang in ("en", "es", "fr", "zh", "zh_Hant", "ru", "ar", "pt", "de"):
    for code, name in Locale.parse(lang).territories.items():
        if len(code) == 2: add("Thing:country", name)
for c in list(string.ascii_lowercase):
    add("Thing:country", *[c + d for d in string.ascii_lowercase])
add("Thing:country", "VEN", "USA", "SUN", "YUG", "DDR", "CSK", "XKX", "gb-eng", "GB_SCT", "us-ca", "Q717", "q29999", "USSR", "Soviet Union", "Unión Soviética", "República Bolivariana de Venezuela", "Venezuela (Bolivarian Republic of)",
    "VENEZUELA, BOLIVARIAN REPUBLIC OF", "U.S.A.", "P.R.C.", "DPRK", "Hong Kong SAR", "Tehran", "Caracas", "Moscow", "Moscou", "Côte d'Ivoire", "Cote d’Ivoire", "Ivory Coast", "Kosovo", "Transnistria", "Narnia", "unknown", "-", "EU", "European Union",
    "Российская Федерация", "РФ", "中华人民共和国", "中國", "臺灣", "北朝鮮", "대한민국", "Ελλάδα", "საქართველო", "Հայաստան", "São Tomé and Príncipe", "Burma", "Zaire", "Abkhazia", "Ukraine / Crimea", "Türkiye", "Curaçao", "Åland", "Réunion")
for code in ("en", "es", "fr", "zh", "de"):
    for c, name in Locale.parse(code).languages.items():
        add("Document:language", c, name)
add("Document:language", "ENG ", "pt-BR", "zh-Hans", "zh_CN", "chi_sim", "en-US-x", "xx", "und", "mul", "zxx", "deutsch", "Español", "srp-Latn", "ger", "fre", "-en", "x-klingon")
add("Thing:topics", "sanction", " Role.PEP ", "crime.boss", "nothing", "GOV", "fin.adivsor", "sanction.linked", "export.control.linked")
add("Person:gender", "M", "f", "Male", "FEMALE ", "other", "x", "männlich", "женский", "男", "divers", "-")
urls = ["http://www.ceiec.com", "www.ceiec.com", "ceiec.com/a?b=c#d", "HTTPS://Example.COM/Path", "https:example.com", "mailto:a@b.ve", "ftp://x.y/z", "gopher://x.y", "http://", "//example.org/x", "example", "http://ex ample.com",
        "http://пример.рф/путь", "http://xn--e1afmkfd.xn--p1ai", "http://user:pw@host.com:8080/", "http://host.com:99999", "http://host.com:abc/", "http://[::1]/", "http://[::1", "http://1.2.3.4/x", "http://3.4", "N.A.", "3.14",
        "Social media: http://vk.com/x", "http://a.b.c.d.e", "http://-.com", "http://a_b.com", "http://example.com/;", "http://example.com/a;b", "http://example.com/a;b/c;", "http://example.com?", "http://example.com#", "http://example.com?q=a b",
        "http://example.com/a b", "example.com:8080/x", "example.com/x:y", "javascript:alert(1)", "http:///path.html", "http://example.com./", "http://localhost", "http://localhost:80/x", "s3://bucket/key", "file:///etc/passwd", "http://ex..com", "http://example.c",
        "http://exa\tmple.com", "http:\\\\example.com", "http://例え.テスト", "http://example.com\u2100x", "http://𝕖xample.com", "http://" + "a" * 64 + ".com", "http://" + "a" * 63 + ".com", "http://हिन्दी.com", "HTTP://EXAMPLE.COM:80", "http://@example.com", "http://a@b@c.com", "http://example.com:/x", " http://x.ve ", "ttp://x.ve", "http//x.ve", "http://x.ve//y", "http://x.ve/?;", "http://x.ve;p", "http://x.ve;"]
add("LegalEntity:website", *urls)
add("LegalEntity:email", "a@b.ve", "A.B+c@Example.COM", "mailto:x@y.org", "x@y", "x@y.1", "x@1.2.3.4", "x@@y.org", "@y.org", "x@", "x y@z.org", "x@ex ample.org", "x@пример.рф", "x@xn--e1afmkfd.xn--p1ai", "x@straße.de", "x@y.org.", "x@y..org", "x@-y.org", "x@y-.org", "x@a_b.org",
    "ñandu@correo.com.ve", "\"q\"@y.org", "a" * 65 + "@y.org", "x@" + "a" * 64 + ".org", "x@ab--cd.org", "x@y.c", "<x@y.org>", "MAILTO:x@y.org", "x;y@z.org", "x@中国.cn", "x@fa\u00df.de", "x@ΣΑΣ.gr", "x@１.com", "x@y。org")
add("Analyzable:ipMentioned", "192.168.1.1", "192.168.001.1", "256.1.1.1", "1.2.3", "::1", "::ffff:1.2.3.4", "2001:DB8::0:1", "2001:0db8:0000:0000:0000:0000:0000:0001", "fe80::1%eth0", "1.2.3.4/24", "[::1]", "0:0:0:0:0:ffff:c0a8:18f", "1:0:0:2:0:0:0:3", "x")
add("Document:mimeType", "text/HTML; charset=utf-8", "application/octet-stream", "application/x-pdf", "text", "a/b/c", "image/jpg", "text/xml", " text/plain ", "/x", "x/", "*/*", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/csv", "TEXT/CSV", "text/plain;", "text /plain")
add("Value:amount", "1,000.00", "1.000,00", "abc", "4300 cameras", "-3", " 5 ")
add("LegalEntity:parent", "ofac-30502", "NK-abc.def", "-x", "x-", "a b", "a_b", "é", "Q717", "x", "a..b", "0")
for _ in range(150):
    n = alnum(18); add("LegalEntity:leiCode", dress(n + mod_97_10.calc_check_digits(n)))
    n = rnd.choice(("US", "DE", "XS", "VE", "ZZ", "GB", "US")) + alnum(9); add("Security:isin", dress(n + isin.calc_check_digit(n)))
    n = digits(9); add("LegalEntity:innCode", dress(n + inn.calc_company_check_digit(n)))
    n = digits(10); add("LegalEntity:innCode", dress(n + inn.calc_personal_check_digits(n)))
    n = "9111" + digits(4) + "".join(rnd.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9)); add("LegalEntity:uscCode", dress(n + uscc.calc_check_digit(n)))
    n = digits(6); n += str(sum(int(c) * (7 - i) for i, c in enumerate(n)) % 10); add("Vessel:imoNumber", dress(n), "IMO" + n, "IMO: " + n, "No. 12345 IMO " + n, n + " and 9999999", n.lstrip("0"), digits(7))
    n = digits(6); n += str((11 - sum(int(c) * w for c, w in zip(n, (8, 6, 4, 2, 9, 7))) % 11) % 10); add("Organization:imoNumber", n)
    n = rnd.choice("12345") + digits(11); add("LegalEntity:ogrnCode", n + str(int(n) % 11 % 10), "OGRN " + n + str(int(n) % 11 % 10), n + digits(1))
    n = rnd.choice("34") + digits(13); add("LegalEntity:ogrnCode", n + str(int(n) % 13 % 10))
    n = rnd.choice("12") + digits(8); c = luhn.calc_check_digit("80840" + n); add("LegalEntity:npiCode", n + c, "NPI " + n + digits(1), "80840" + n + c)
    add("LegalEntity:swiftBic", dress(rnd.choice(("DEUT", "BCOV", "1234", "BOFA")) + rnd.choice(("DE", "VE", "US", "XX")) + alnum(2) + rnd.choice(("", "XXX", alnum(3)))))
    n = "BBG" + "".join(rnd.choice("0123456789BCDFGHJKLMNPQRSTVWXYZ") for _ in range(8)); add("Security:figiCode", dress(n + figi.calc_check_digit(n)))
    add("LegalEntity:uniqueEntityId", dress(alnum(12)), alnum(12), "UEI " + alnum(12).replace("I", "1").replace("O", "2"))
    add("Person:socialSecurityNumber", digits(9), f"{digits(3)}-{digits(2)}-{digits(4)}")
    for cc, form in (("VG", "4a16n"), ("DE", "18n"), ("ES", "20n"), ("BE", "12n"), ("NO", "11n"), ("GB", "4a14n"), ("ME", "18n"), ("FR", "10n11c2n"), ("XX", "12n"), ("US", "12n")):
        if rnd.randrange(4): continue
        b = "".join(rnd.choice(string.ascii_uppercase) for _ in range(4)) if form.startswith("4a") else ""
        b += digits(int(form[:-1].removeprefix("4a"))) if "c" not in form else digits(10) + alnum(11) + digits(2)
        add("BankAccount:iban", dress(cc + iban.calc_check_digits(cc + "00" + b) + b))
add("Thing:wikidataId", "Q717", "q717", "https://www.wikidata.org/wiki/Q717", "717", "Q", "Q7x", " Q5 ", "P31", "Q717/")
add("Person:socialSecurityNumber", "078-05-1120", "219099999", "000-12-3456", "666-12-3456", "123-00-4567", "123 45 6789")
add("LegalEntity:uscCode", "9111000010000106X1", "9111 0000 1000 0106 X1", "91110000100001060X")
add("LegalEntity:leiCode", "1", "5493001KJTIIGC8Y1R12", "５４93001KJTIIGC8Y1R12", "é")
for region in sorted(P.SUPPORTED_REGIONS):
    n = P.example_number(region)
    if n:
        e = P.format_number(n, P.PhoneNumberFormat.E164)
        add("LegalEntity:phone", e, P.format_number(n, P.PhoneNumberFormat.INTERNATIONAL), P.format_number(n, P.PhoneNumberFormat.NATIONAL), "tel: " + e, e[:-2], e + "00", e[:rnd.randrange(3, len(e))] + digits(1) + e[rnd.randrange(3, len(e)):])
        c = f"+{n.country_code}"
        add("LegalEntity:phone", f"{c} (0){P.national_significant_number(n)}", f"{c}-{P.national_significant_number(n)} ext. 12", f"{c}.{P.national_significant_number(n)}x3", f"00{e[1:]}")
add("LegalEntity:phone", "+1-800-FLOWERS", "+58 212 1234567", "0212 1234567", "+58 (0212) 123-45-67", "+999 123", "+", "+44", "+44 20 7946 0018 / 0019", "＋58 212 1234567", "+58 ٢١٢ ١٢٣٤٥٦٧", "Tel +58 212 1234567 (office)", "1 +58 212 1234567", "+5802121234567", "+0058 212 1234567")

noise = list(" \t\n.,;:-_/@#?&+'\"()[]<>0123456789aZ\u00e9\u0436\u4e2d\u00a0\u200b\u2019\u0301\ufeff\u2028")
for prop, value in rnd.sample(rows, 5000):
    chars = list(value)
    for _ in range(rnd.randrange(1, 4)):
        i = rnd.randrange(len(chars) + 1)
        chars[i:i + rnd.randrange(2)] = rnd.choice(noise) * rnd.randrange(2)
    add(prop, "".join(chars))

step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for prop, value in list(dict.fromkeys(rows))[::step]:
    p = model.get_qname(prop)
    clean = p.type.clean(value, format=p.format)
    print(json.dumps({"prop": prop, "value": value, "clean": clean}, ensure_ascii=False))
