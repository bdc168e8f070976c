# EXPECT: error
# Name look-up by every module, and requests that a library would make for it.
import socket, urllib.request, http.client, ssl, os
def solve(x):
    got = []
    for act in (lambda: socket.getaddrinfo("localhost", 80), lambda: socket.gethostbyname("example.com"), lambda: socket.create_connection(("127.0.0.1", @TCP@), 1), lambda: urllib.request.urlopen("http://127.0.0.1:@TCP@", timeout=1),
                lambda: http.client.HTTPConnection("127.0.0.1", @TCP@, timeout=1).request("GET", "/"), lambda: socket.socket(socket.AF_UNIX).connect("@OUT@/s.sock"), lambda: socket.socket(socket.AF_UNIX).connect("\0@ABSTRACT@"), lambda: urllib.request.urlopen("file://@CANARY@")):
        try: got.append(str(act()))
        except Exception as error:
            if "127.0.0.1" in str(error) and "refused" in str(error).lower(): got.append(str(error))
    if [each for each in got if "AddressFamily" not in each]: return {"breach": got[:3]}
    raise RuntimeError("contained")
