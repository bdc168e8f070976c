# EXPECT: error
import ftplib, http.client, smtplib, urllib.request
def solve(x):
    for attempt in (
        lambda: urllib.request.urlopen("http://127.0.0.1:@TCP@/?leak=1", timeout=1),
        lambda: http.client.HTTPConnection("localhost", @TCP@, timeout=1).request("GET", "/"),
        lambda: ftplib.FTP().connect("127.0.0.1", @TCP@, timeout=1),
        lambda: smtplib.SMTP("127.0.0.1", @TCP@, timeout=1),
    ):
        try:
            attempt()
            return {"breach": "a client connected"}
        except OSError:
            pass
    raise RuntimeError("contained")
