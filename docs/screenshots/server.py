"""A Bot API server for one bot and one person, on the loopback: enough of Telegram to have a conversation and look at it."""

import email
import email.policy
import http.server
import json
import queue
import threading
import time

TOKEN = "110201543:AAScreenshotsScreenshotsScreenshots"
USERNAME = "backtalk_bot"
PATIENCE = 60  # seconds until a reply is given up


class Telegram:
    """The server. `base` is its address; `said` holds every accepted request as (method, parameters, file)."""

    def __init__(self):
        self.updates = queue.Queue()
        self.said = []
        self.changed = threading.Condition()
        self.last = 1000
        telegram = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                params, file = parameters(self.headers, body)
                result = telegram.answer(self.path.rsplit("/", 1)[1].lower(), params, file)
                data = json.dumps({"ok": True, "result": result}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # The program is stopped while a poll waits.
        self.server.handle_error = lambda *_: None
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method, params, file):
        if method == "getme":
            return {"id": 110201543, "is_bot": True, "first_name": "Backtalk", "username": USERNAME,
                    "can_connect_to_business": True}
        if method == "getupdates":
            return self.fetch(params.get("timeout", 0))
        with self.changed:
            self.last += 1
            message = {"message_id": params.get("message_id", self.last), "date": int(time.time()),
                       "chat": {"id": params.get("chat_id", 0), "type": "private"}}
            self.said.append((method, {**params, "message": message}, file))
            self.changed.notify_all()
        return message if method.startswith(("send", "edit")) and method != "sendchataction" else True

    def fetch(self, timeout):
        try:
            return [self.updates.get(timeout=min(timeout, 20) or 0.01)]
        except queue.Empty:
            return []

    def push(self, kind, content):
        """Sends the bot an update; returns where to look for its reaction."""
        with self.changed:
            self.last += 1
            since = len(self.said)
        self.updates.put({"update_id": self.last, kind: content})
        return since

    def wait(self, since, wanted):
        """The first request since then that is wanted, as (parameters, file)."""
        end = time.monotonic() + PATIENCE
        with self.changed:
            while True:
                for method, params, file in self.said[since:]:
                    if wanted(method, params):
                        return params, file
                left = end - time.monotonic()
                if left <= 0:
                    raise SystemExit("the bot does not answer")
                self.changed.wait(left)


def parameters(headers, body):
    """The parameters of a request, as JSON or as a form with a file."""
    kind = headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return json.loads(body or b"{}"), None
    form = email.message_from_bytes(f"content-type: {kind}\r\n\r\n".encode() + body, policy=email.policy.HTTP)
    params, file = {}, None
    for part in form.iter_parts():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if part.get_filename():
            file = value
        elif name in ("caption", "parse_mode"):
            params[name] = value.decode()
        else:
            params[name] = json.loads(value)
    return params, file


class Person:
    """Someone alone with the bot."""

    def __init__(self, telegram, number):
        self.telegram = telegram
        self.number = number

    def user(self):
        return {"id": self.number, "is_bot": False, "first_name": "Ann"}

    def chat(self):
        return {"id": self.number, "type": "private", "first_name": "Ann"}

    def says(self, text, kind="message", **fields):
        """Writes, and returns the reply as (parameters, file)."""
        message = {"message_id": self.telegram.last + 1, "date": int(time.time()), "from": self.user(),
                   "chat": self.chat(), "text": text, **fields}
        since = self.telegram.push(kind, message)
        return self.telegram.wait(since, lambda method, p: self.is_reply(method, p))

    def is_reply(self, method, params):
        return method in ("sendmessage", "sendphoto") and params["chat_id"] == self.number

    def next_picture(self, since=0):
        return self.telegram.wait(
            since, lambda method, p: method == "sendphoto" and p["chat_id"] == self.number
        )

    def presses(self, reply, data):
        """Presses a button under a reply, and returns what the message became."""
        message = {**reply["message"], "reply_markup": reply.get("reply_markup", {})}
        callback = {"id": str(self.telegram.last), "from": self.user(), "chat_instance": "1",
                    "message": message, "data": data}
        since = self.telegram.push("callback_query", callback)
        params, _ = self.telegram.wait(since, lambda method, p: method.startswith("editmessage"))
        return {**reply, **params}

    def types(self, query):
        """Types behind the bot's name in another chat, and returns what is offered."""
        content = {"id": str(self.telegram.last), "from": self.user(), "query": query, "offset": ""}
        since = self.telegram.push("inline_query", content)
        return self.telegram.wait(since, lambda method, p: method == "answerinlinequery")[0]["results"]
