"""Writes URLs of odd shapes and their keys as PyPI surt makes them: one JSON array [url, key] a line.

usage: python surt_vectors.py COUNT
"""
import json
import random
import sys

from cdxj_indexer.main import CDXJIndexer

r = random.Random(5)
schemes = ["http://", "https://", "HTTP://", "hTTps://", "ftp://", "", "http:/", "http:", "http:///", "https://http://", "urn:text:http://",
           "urn:view:https://", "dns:", "mailto:", "file:///", "file://", "whois:", "urn:", "data:", "urn:veedor:tls:", "ws://", "blob:https://"]
users = ["", "", "", "", "u@", "u:p@", "u:p%40@", "@", "a@b@"]
hosts = ["example.com", "EXAMPLE.com", "www.example.com", "www2.example.com", "WWW.Example.org.", "www.", "www", "w3.example.ve", "1.2.3.4", "010.1.1.1",
         "3232235777", "1.2.772", "127.1", "256.1.1.1", "999999999999", "[::1]", "[2001:DB8::1]", "[::ffff:1.2.3.4]", "exa%6dple.com", "exa mple.com", "m\u00fcller.de", "xn--mller-kva.de",
         "\u4f8b\u3048.jp", "\u0438\u0441\u043f\u044b\u0442\u0430\u043d\u0438\u0435.\u0440\u0444", "a..b", ".a.b.", "stra\u00dfe.de", "a_b.example", "localhost", "", "x" * 70 + ".com", "%00.com", "e%2525xample.com", "com", "co.uk", "0x7f.1", "1.2.3", "0", "00", "08.1"]
ports = ["", "", "", ":80", ":443", ":8080", ":", "::", ":0", ":08", ":99999", ":x", ":65535"]
paths = ["", "/", "//", "/a", "/a/", "/a//b", "/A/B/", "/a/./b", "/a/../b", "/../a", "/a/..", "/.", "/a b", "/a%20b", "/a%2Fb", "/a%252Fb", "/%E4%BE%8B", "/\u4f8b", "/a;jsessionid=0123456789abcdef0123456789abcdef",
         "/(a(4hqa0555fwsecu455xqckv45)S(4hqa0555fwsecu455xqckv45))/mileg.aspx", "/photos/(4hqa0555fwsecu455xqckv45)/mileg.aspx", "/a/b/index.html", "/%zz", "/a%", "/a%2", "/a%00b", "/~u/", "/a'b\"c", "/a\\b", "/a|b{c}", "/a#x", "/a,b;c", "/%7Eu", "/a/b/../../../c/"]
queries = ["", "", "?", "?a=1", "?b=2&a=1", "?a=2&a=1", "?a&a=1&a", "?A=B", "?x=%2525", "?q=a+b", "?q=a b", "?jsessionid=0123456789abcdef0123456789abcdef", "?a=1&jsessionid=0123456789abcdef0123456789abcdef&b=2",
           "?PHPSESSID=0123456789abcdef0123456789abcdef", "?sid=9682993c8daa2c5497996114facdc805&x=y", "?ASPSESSIONIDAQBSDSRT=EOHBLBDDPFCLHKPGGKLILNAM", "?cfid=17077&cftoken=10", "?x=1&CFID=1&CFTOKEN=2&y=3", "?&", "?&&a", "?=", "?a=&b", "??a", "?a?b", "?%26=1", "?q=\u4f8b", "?a=#", "?a=1&&b=2&",
           "?__wb_method=POST&a=b", "?utm_source=x&fbclid=1"]
fragments = ["", "", "", "#", "#a", "#!/a?b", "# "]
space = ["", "", "", "", " ", "\t", "\n"]

seen = set()
key = CDXJIndexer.get_url_key
while len(seen) < int(sys.argv[1]):
    url = r.choice(space) + r.choice(schemes) + r.choice(users) + r.choice(hosts) + r.choice(ports) + r.choice(paths) + r.choice(queries) + r.choice(fragments) + r.choice(space)
    if r.random() < 0.2 and url:
        i = r.randrange(len(url))
        url = url[:i] + r.choice("/?#&=%.:@[]\\ aZ0\u00e9\x01\r") + url[i + 1:]
    if url in seen or "[" in url and url.count("[") != url.count("]"):
        continue
    seen.add(url)
    print(json.dumps([url, key(None, url)]))
