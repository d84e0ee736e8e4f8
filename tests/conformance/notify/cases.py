"""Steps written for slackapi/slack-github-action, by topic. Texts are our own.

`{api}`, `{hook}` and `{trigger}` in inputs and variables stand for addresses of the server, `{base}` in
answers for its origin. An answer is (status, body, headers); those of a call come in order, the last one holds."""

TOKEN = "xoxb-1234567890-abcdefghij"
CHANNEL = "C0DEPLOYS01"
TS = "1700000001.000100"

POSTED = {"ok": True, "channel": CHANNEL, "ts": TS, "message": {"text": "hello", "ts": TS}}
THREADED = {"ok": True, "channel": CHANNEL, "ts": TS, "message": {"text": "hello", "ts": TS, "thread_ts": "1700000000.000100"}}
OK = (200, {"ok": True}, {})


def no(word, **more):
    return (200, {"ok": False, "error": word, **more}, {})


def case(name, inputs, answers=None, env=None, files=None):
    answers = {call: given if isinstance(given, list) else [given] for call, given in (answers or {}).items()}
    return {"name": name, "inputs": inputs, "env": env or {}, "files": files or {}, "answers": answers}


def method(name, payload, method="chat.postMessage", answer=(200, POSTED, {}), env=None, files=None, answers=None, **more):
    inputs = {"token": TOKEN, "method": method, "api": "{api}", **{key.replace("_", "-"): value for key, value in more.items()}}
    if payload is not None:
        inputs["payload"] = payload
    inputs = {key: value for key, value in inputs.items() if value is not None}
    return case(name, inputs, {method: answer, **(answers or {})}, env, files)


def hook(name, payload, answer=(200, "ok", {}), kind="incoming-webhook", address="{hook}", call="hook", env=None, files=None, **more):
    inputs = {"webhook": address, "webhook-type": kind, **{key.replace("_", "-"): value for key, value in more.items()}}
    if payload is not None:
        inputs["payload"] = payload
    inputs = {key: value for key, value in inputs.items() if value is not None}
    return case(name, inputs, {call: answer}, env, files)


def trigger(name, payload, answer=OK, **more):
    return hook(name, payload, answer, "webhook-trigger", "{trigger}", "trigger", **more)


BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Deployed* <https://example.com|shop> & more"}}]

payload = [
    hook("json", '{"text": "hello", "blocks": [{"type": "divider"}], "n": 1, "f": 1.5, "yes": true, "no": false, "none": null, "list": [], "map": {}}'),
    hook("json-many-lines", '{\n  "text": "hello",\n  "blocks": [\n    {"type": "divider"}\n  ]\n}\n'),
    hook("json-in-white-space", '\n\n   {"text": "hello"}   \n\n'),
    hook("json-unicode", '{"text": "Grüße, 東京 🚀 \\u00e9\\ud83d\\ude80 \\"quoted\\" \\\\ \\n end"}'),
    hook("json-comma-at-the-end", '{"text": "hello",}'),
    hook("json-key-twice", '{"text": "one", "text": "two"}'),
    hook("json-broken", '{"text": "hello"'),
    hook("json-line-break-in-text", '{"text": "one\ntwo"}'),
    hook("json-tab-in-text", '{"text": "one\ttwo"}'),
    hook("json-comment", '{\n  # greeting\n  "text": "hello"\n}'),
    hook("json-large-number", '{"text": "hello", "n": 12345678901234567890}'),
    hook("json-float-whole", '{"text": "hello", "n": 1.0, "e": 1e3, "small": 1e-7}'),
    hook("flow-yaml", "{text: hello, n: 1}"),
    hook("no-braces", '"text": "hello",\n"username": "bot"'),
    hook("no-braces-comma-at-the-end", '"text": "hello",\n"username": "bot",\n'),
    hook("no-braces-one-line", '"text": "hello", "username": "bot"'),
    hook("no-braces-numbers", '"n": 1,\n"m": true,\n"text": "hello"'),
    hook("no-braces-only-numbers", '"n": 1,\n"m": true'),
    hook("no-braces-nested", '"text": "hello",\n"blocks": [\n  {"type": "divider"}\n]'),
    hook("yaml", "text: hello\nblocks:\n  - type: divider\n  - type: section\n    text:\n      type: mrkdwn\n      text: '*bold* & <https://example.com|link>'\n"),
    hook("yaml-kinds", "text: hello\ni: 12\nneg: -3\nf: 1.5\ne: 1e3\nt: true\nT: True\nfa: FALSE\nn: null\nt2: ~\nempty:\nyes: yes\non: on\ndate: 2024-01-02\nversion: 1.2.3\nq: '12'\n"),
    hook("yaml-numbers", "text: hello\nhex: 0x1F\noct: 0o17\nbin: 0b11\nunder: 1_000\nzero: 0123\nplus: +5\ndot: .5\nenddot: 5.\nexp: 12e03\nsexa: 1:30\n"),
    hook("yaml-not-finite", "text: hello\na: .inf\nb: .nan\n"),
    hook("yaml-literal", "text: |\n  one\n    two\n\n  three\n"),
    hook("yaml-folded", "text: >-\n  one\n  two\n\n  three\n"),
    hook("yaml-keep", "text: |+\n  one\n\n"),
    hook("yaml-comments", "# a comment\ntext: hello # another\nurl: https://example.com/#part\nhash: 'a # b'\n"),
    hook("yaml-anchor", "text: &t hello\nusername: *t\nblocks:\n  - &d {type: divider}\n  - *d\n"),
    hook("yaml-merge", "base: &b {type: divider}\ntext: hello\nx:\n  <<: *b\n  y: 1\n"),
    hook("yaml-key-twice", "text: one\ntext: two\n"),
    hook("yaml-colon", "text: hello: world\n"),
    hook("yaml-colon-quoted", 'text: "hello: world"\nother: \'it\'\'s\'\n'),
    hook("yaml-unicode", "text: Grüße 東京 🚀\nescaped: \"\\u00e9\\U0001F680\\t\\x41\"\n"),
    hook("yaml-tab", "text: hello\n\tusername: bot\n"),
    hook("yaml-indented", "  text: hello\n  username: bot\n"),
    hook("yaml-two-documents", "text: one\n---\ntext: two\n"),
    hook("yaml-document-mark", "---\ntext: one\n...\n"),
    hook("yaml-crlf", "text: hello\r\nusername: bot\r\n"),
    hook("yaml-number-key", "text: hello\n1: one\ntrue: yes\n"),
    hook("yaml-tag", "text: !!str 12\nn: !!int '3'\n"),
    hook("yaml-unknown-tag", "text: !secret x\n"),
    hook("yaml-deep", "text: hello\na:\n  b:\n    c:\n      - d:\n          e: 1\n"),
    hook("yaml-special-start", "text: '@here'\nat: '*x'\npercent: 100%\nhash: a#b\nbrace: 'a{b}'\n"),
    hook("yaml-at-sign", "text: @here\n"),
    hook("yaml-emoji-names", "text: ':rocket: done'\nicon_emoji: :rocket:\n"),
    hook("text-only", "hello world"),
    hook("list", "- a\n- b\n"),
    hook("number", "42"),
    hook("empty-object", "{}"),
    hook("empty", ""),
    hook("white-space", "   \n  "),
    hook("absent", None),
    hook("mentions-stay", '{"text": "<!here> <@U123> <#C123> & < >"}'),
    hook("expression-stays", '{"text": "{{ not.templated }} and ${{ neither }}"}'),
]

files = [
    hook("file-json", None, payload_file_path="message.json", files={"message.json": '{"text": "hello", "n": 1}'}),
    hook("file-yml", None, payload_file_path="message.yml", files={"message.yml": "text: hello\nn: 1\n"}),
    hook("file-yaml-in-folder", None, payload_file_path="./deep/er/message.yaml", files={"deep/er/message.yaml": "text: hello\n"}),
    hook("file-missing", None, payload_file_path="nowhere.json"),
    hook("file-other-name", None, payload_file_path="message.txt", files={"message.txt": '{"text": "hello"}'}),
    hook("file-broken", None, payload_file_path="message.json", files={"message.json": '{"text": "hello"'}),
    hook("file-empty", None, payload_file_path="message.json", files={"message.json": ""}),
    hook("file-json-without-braces", None, payload_file_path="message.json", files={"message.json": '"text": "hello"'}),
    hook("file-bom", None, payload_file_path="message.json", files={"message.json": "\ufeff{\"text\": \"hello\"}"}),
    hook("file-yaml-crlf", None, payload_file_path="message.yml", files={"message.yml": "text: hello\r\nn: 1\r\n"}),
    hook("file-and-payload", "text: hello", payload_file_path="message.json", files={"message.json": '{"text": "hello"}'}),
    hook("file-not-templated", None, payload_file_path="message.json", files={"message.json": '{"text": "by ${{ github.actor }}"}'}),
    hook("file-with-method-json", None, payload_file_path="message.json", files={"message.json": '{"text": "hello"}'}),
]

templates = [
    hook("templated-github", None, payload_file_path="message.yml", payload_templated="true", files={
        "message.yml": "text: '${{ github.actor }} at {{ github.sha }} of {{ github.ref }}'\nrun: '{{ github.runId }} {{ github.runNumber }} {{github.job}} {{ github.workflow }} {{ github.eventName }}'\nurl: '{{ github.serverUrl }}/x'\n"}),
    hook("templated-urls", None, payload_file_path="message.yml", payload_templated="true", files={
        "message.yml": "text: hello\napi: '{{ github.apiUrl }}'\ngraphql: '{{ github.graphqlUrl }}'\n"}),
    hook("templated-event", None, payload_file_path="message.json", payload_templated="true", files={
        "message.json": '{"text": "${{ github.payload.repository.full_name }} by {{ github.payload.pusher.name }} number {{ github.payload.number }}", "blocks": [{"url": "{{ github.payload.repository.html_url }}"}]}'}),
    hook("templated-markup", None, payload_file_path="message.yml", payload_templated="true", files={
        "message.yml": "text: '{{ github.payload.head_commit.message }}'\n"}),
    hook("templated-input", "text: 'by {{ github.actor }}'\nn: 1\n", payload_templated="true"),
    hook("templated-env", None, payload_file_path="message.yml", payload_templated="true", env={"DEPLOY_TARGET": "production"}, files={
        "message.yml": "text: 'to {{ env.DEPLOY_TARGET }}'\n"}),
    hook("templated-unknown", "text: 'a {{ github.nothing }} b'", payload_templated="true"),
    hook("templated-none", "text: hello\nn: 1", payload_templated="true"),
    hook("templated-off", "text: 'by {{ github.nothing }}'", payload_templated="false"),
    trigger("templated-trigger", "who: '{{ github.actor }}'\n", payload_templated="true"),
]

triggers = [
    trigger("trigger", '{"version": "1.2.3", "n": 1, "ok": true}'),
    trigger("trigger-yaml", "version: 1.2.3\nn: 1\n"),
    trigger("trigger-delimiter", '{"a": {"b": 1, "c": [true, null, "x"]}, "d": 1.5, "e": "text", "f": 1.0}', payload_delimiter="_"),
    trigger("trigger-delimiter-dot", "a:\n  b:\n    c: 1\n", payload_delimiter="."),
    trigger("trigger-delimiter-long", "a:\n  b: 1\n", payload_delimiter="__"),
    trigger("trigger-delimiter-empty-values", '{"a": {}, "b": [], "c": null, "d": ""}', payload_delimiter="_"),
    trigger("trigger-delimiter-same", '{"a_b": 1, "a": {"b": 2}}', payload_delimiter="_"),
    trigger("trigger-delimiter-numbers", '{"a": {"large": 1e21, "small": 1e-7, "neg": -0.5, "int": 9007199254740991}}', payload_delimiter="_"),
    trigger("trigger-empty", "{}"),
    trigger("trigger-absent", None),
    trigger("trigger-refused", '{"a": "b"}', (400, {"ok": False, "error": "invalid_workflow_input"}, {})),
    trigger("trigger-refused-errors", '{"a": "b"}', (404, {"ok": False, "error": "trigger_not_found"}, {}), errors="true"),
    trigger("trigger-says-no", '{"a": "b"}', no("invalid_trigger"), errors="true"),
    trigger("trigger-silent", '{"a": "b"}', (200, "", {}), errors="true"),
    trigger("trigger-500", '{"a": "b"}', (500, "oops", {}), errors="true", retries="0"),
    hook("incoming-delimiter", '{"text": "hello", "a": {"b": 1}}', payload_delimiter="_"),
    hook("trigger-type-for-incoming", '{"text": "hello"}', (200, "ok", {}), "webhook-trigger"),
    hook("incoming-type-for-trigger", '{"a": "b"}', OK, "incoming-webhook", "{trigger}", "trigger"),
]

INFO = (200, {"ok": True, "channel": {"id": CHANNEL, "name": "deploys"}}, {})
USER = (200, {"ok": True, "user": {"id": "U1", "name": "octocat"}}, {})

methods = [
    method("post", "channel: %s\ntext: hello\n" % CHANNEL),
    method("post-json", '{"channel": "%s", "text": "a & b = c + d %% é 🚀"}' % CHANNEL),
    method("post-channel-name", "channel: '#deploys'\ntext: hello\n"),
    method("post-blocks", '{"channel": "%s", "text": "hello", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Deployed* <https://example.com|shop>"}}], "unfurl_links": false, "metadata": {"event_type": "x", "event_payload": {"n": 1}}}' % CHANNEL),
    method("post-blocks-as-text", '{"channel": "%s", "text": "hello", "blocks": "[{\\"type\\": \\"divider\\"}]"}' % CHANNEL),
    method("post-attachments", "channel: %s\ntext: ''\nattachments:\n  - color: '#36a64f'\n    fallback: hello\n    text: hello\n" % CHANNEL),
    method("post-numbers", "channel: %s\ntext: 42\nlink_names: true\nmrkdwn: false\nthread_ts: null\n" % CHANNEL),
    method("post-thread", "channel: %s\ntext: hello\nthread_ts: '1700000000.000100'\nreply_broadcast: true\n" % CHANNEL, answer=(200, THREADED, {})),
    method("post-thread-as-number", "channel: %s\ntext: hello\nthread_ts: 1700000000.123456\n" % CHANNEL, answer=(200, THREADED, {})),
    method("post-without-channel", "text: hello\n", answer=no("channel_not_found"), errors="true"),
    method("post-empty-object", "{}", answer=no("channel_not_found"), errors="true"),
    method("post-absent", None, answer=no("channel_not_found"), errors="true"),
    method("post-slash", "channel: %s\ntext: hello\n" % CHANNEL, api="{api}/"),
    method("post-file", None, payload_file_path="message.json", files={"message.json": '{"channel": "%s", "text": "hello"}' % CHANNEL}),
    method("post-scopes", "channel: %s\ntext: hello\n" % CHANNEL, answer=(200, POSTED, {"x-oauth-scopes": "chat:write,files:write"})),
    method("post-warnings", "channel: %s\ntext: hello\n" % CHANNEL, answer=(200, {**POSTED, "warning": "missing_charset", "response_metadata": {"warnings": ["missing_charset"]}}, {})),
    method("post-delimiter", '{"channel": "%s", "text": "hello", "blocks": [{"type": "divider"}]}' % CHANNEL, payload_delimiter="."),
    method("post-token-in-payload", "channel: %s\ntext: hello\ntoken: xoxb-other-token\n" % CHANNEL),
    method("update", "channel: %s\nts: '%s'\ntext: done\n" % (CHANNEL, TS), "chat.update"),
    method("update-as-number", "channel: %s\nts: 1700000001.123456\ntext: done\n" % CHANNEL, "chat.update"),
    method("update-blocks-empty", '{"channel": "%s", "ts": "%s", "text": "done", "blocks": []}' % (CHANNEL, TS), "chat.update"),
    method("delete", "channel: %s\nts: '%s'\n" % (CHANNEL, TS), "chat.delete", (200, {"ok": True, "channel": CHANNEL, "ts": TS}, {})),
    method("ephemeral", "channel: %s\nuser: U1\ntext: hello\n" % CHANNEL, "chat.postEphemeral", (200, {"ok": True, "message_ts": TS}, {})),
    method("schedule", "channel: %s\npost_at: 1900000000\ntext: hello\n" % CHANNEL, "chat.scheduleMessage", (200, {"ok": True, "channel": CHANNEL, "scheduled_message_id": "Q1", "post_at": 1900000000, "message": {"text": "hello"}}, {})),
    method("permalink", "channel: %s\nmessage_ts: '%s'\n" % (CHANNEL, TS), "chat.getPermalink", (200, {"ok": True, "channel": CHANNEL, "permalink": "https://acme.slack.com/archives/x"}, {})),
    method("reaction", "channel: %s\ntimestamp: '%s'\nname: tada\n" % (CHANNEL, TS), "reactions.add", OK),
    method("reaction-there", "channel: %s\ntimestamp: '%s'\nname: tada\n" % (CHANNEL, TS), "reactions.add", no("already_reacted"), errors="true"),
    method("reaction-get", "channel: %s\ntimestamp: '%s'\nfull: true\n" % (CHANNEL, TS), "reactions.get", (200, {"ok": True, "type": "message", "channel": CHANNEL, "message": {"ts": TS, "thread_ts": TS}}, {})),
    method("conversation-create", "name: incident-7\nis_private: false\n", "conversations.create", INFO),
    method("conversation-invite", "channel: %s\nusers: U1,U2\n" % CHANNEL, "conversations.invite", INFO),
    method("conversation-topic", "channel: %s\ntopic: 'a & b'\n" % CHANNEL, "conversations.setTopic", INFO),
    method("conversation-history", "channel: %s\nlimit: 1\ninclusive: true\n" % CHANNEL, "conversations.history", (200, {"ok": True, "messages": [{"text": "x", "ts": TS}], "has_more": False}, {})),
    method("conversation-list", "types: public_channel,private_channel\nlimit: 100\n", "conversations.list", (200, {"ok": True, "channels": [], "response_metadata": {"next_cursor": ""}}, {})),
    method("user-by-email", "email: octocat@example.com\n", "users.lookupByEmail", USER),
    method("user-info", "user: U1\n", "users.info", USER),
    method("user-not-found", "email: nobody@example.com\n", "users.lookupByEmail", no("users_not_found")),
    method("profile", 'profile: {"status_text": "deploying", "status_emoji": ":rocket:", "status_expiration": 0}\n', "users.profile.set", (200, {"ok": True, "profile": {}}, {})),
    method("pin", "channel: %s\ntimestamp: '%s'\n" % (CHANNEL, TS), "pins.add", OK),
    method("view", 'user_id: U1\nview:\n  type: home\n  blocks: []\n', "views.publish", (200, {"ok": True, "view": {"id": "V1"}}, {})),
    method("canvas", "title: Notes\ndocument_content:\n  type: markdown\n  markdown: '# Hello'\n", "canvases.create", (200, {"ok": True, "canvas_id": "F1"}, {})),
    method("bookmark", "channel_id: %s\ntitle: Run\ntype: link\nlink: https://example.com/?a=1&b=2\n" % CHANNEL, "bookmarks.add", (200, {"ok": True, "bookmark": {"id": "Bk1"}}, {})),
    method("auth", "{}", "auth.test", (200, {"ok": True, "user_id": "U1", "team_id": "T1"}, {})),
    method("unknown-method", "a: b\n", "made.up", no("unknown_method"), errors="true"),
    method("method-with-slash", "a: b\n", "../chat.postMessage", no("unknown_method"), errors="true"),
]

LINE = "line 1\nline 2 & é\n"
TICKET = (200, {"ok": True, "upload_url": "{base}/upload/1", "file_id": "F1"}, {})
TICKETS = [TICKET, (200, {"ok": True, "upload_url": "{base}/upload/2", "file_id": "F2"}, {})]
DONE = (200, {"ok": True, "files": [{"id": "F1", "title": "build.log"}]}, {})


def upload(name, payload, ticket=TICKET, put=(200, "OK - 19", {}), done=DONE, files={"build.log": LINE}, **more):  # noqa: B006
    made = method(name, payload, "files.uploadV2", files=files, **more)
    made["answers"] = {"files.getUploadURLExternal": ticket if isinstance(ticket, list) else [ticket],
                       "upload": [put], "files.completeUploadExternal": [done]}
    return made


uploads = [
    upload("upload-file", "channel_id: %s\nfile: build.log\nfilename: build.log\ninitial_comment: The log\n" % CHANNEL),
    upload("upload-file-without-name", "channel_id: %s\nfile: ./build.log\n" % CHANNEL),
    upload("upload-content", "channel_id: %s\ncontent: |\n  one\n  two & é\nfilename: notes.txt\ntitle: Notes\nsnippet_type: text\nalt_text: some notes\n" % CHANNEL),
    upload("upload-thread", "channel_id: %s\nthread_ts: '%s'\nfile: build.log\nfilename: build.log\n" % (CHANNEL, TS)),
    upload("upload-channels", "channels: %s\nfile: build.log\nfilename: build.log\n" % CHANNEL),
    upload("upload-channels-two", "channels: %s,C2\nfile: build.log\nfilename: build.log\n" % CHANNEL, errors="true"),
    upload("upload-without-channel", "file: build.log\nfilename: build.log\n"),
    upload("upload-blocks", "channel_id: %s\nfile: build.log\nfilename: build.log\nhighlight_type: python\nblocks:\n  - type: divider\n" % CHANNEL),
    upload("upload-many", "channel_id: %s\ninitial_comment: Two files\nfile_uploads:\n  - file: build.log\n    filename: build.log\n  - content: hello\n    filename: b.txt\n    title: B\n" % CHANNEL, TICKETS),
    upload("upload-many-and-one", "channel_id: %s\ncontent: first\nfilename: a.txt\nfile_uploads:\n  - content: second\n    filename: b.txt\n" % CHANNEL, TICKETS),
    upload("upload-file-missing", "channel_id: %s\nfile: nowhere.log\nfilename: nowhere.log\n" % CHANNEL, errors="true"),
    upload("upload-nothing", "channel_id: %s\n" % CHANNEL, errors="true"),
    upload("upload-empty-content", "channel_id: %s\ncontent: ''\nfilename: a.txt\n" % CHANNEL, errors="true"),
    upload("upload-channel-in-entry", "file_uploads:\n  - content: hello\n    filename: a.txt\n    channel_id: %s\n" % CHANNEL, errors="true"),
    upload("upload-refused-first", "channel_id: %s\nfile: build.log\nfilename: build.log\n" % CHANNEL, ticket=no("missing_scope", needed="files:write"), errors="true"),
    upload("upload-refused-last", "channel_id: %s\nfile: build.log\nfilename: build.log\n" % CHANNEL, done=no("not_in_channel"), errors="true"),
    upload("upload-refused-bytes", "channel_id: %s\nfile: build.log\nfilename: build.log\n" % CHANNEL, put=(400, "length mismatch", {}), errors="true", retries="0"),
]

REFUSED = no("channel_not_found")
HELLO = "channel: %s\ntext: hello\n" % CHANNEL

errors = [
    method("refused", HELLO, answer=REFUSED),
    method("refused-errors-true", HELLO, answer=REFUSED, errors="true"),
    method("refused-errors-false", HELLO, answer=REFUSED, errors="false"),
    method("refused-scope", HELLO, answer=no("missing_scope", needed="chat:write", provided="users:read"), errors="true"),
    method("refused-blocks", HELLO, answer=no("invalid_blocks", response_metadata={"messages": ["[ERROR] unsupported type: x [json-pointer:/blocks/0/type]"]}), errors="true"),
    method("refused-auth", HELLO, answer=no("invalid_auth"), errors="TRUE"),
    method("errors-odd", HELLO, errors="maybe"),
    hook("hook-refused", "text: hello", (400, "invalid_payload", {})),
    hook("hook-refused-errors-true", "text: hello", (404, "no_service", {}), errors="true"),
    hook("hook-refused-errors-false", "text: hello", (403, "action_prohibited", {}), errors="false"),
    method("odd-answer", HELLO, answer=(200, "<html>sign in</html>", {}), errors="true"),
    method("empty-answer", HELLO, answer=(200, "", {}), errors="true"),
    method("server-error-retries-0", HELLO, answer=(500, "oops", {}), retries="0", errors="true"),
    method("server-error-rapid", HELLO, answer=[(500, "oops", {}), (200, POSTED, {})], retries="RAPID", errors="true"),
    method("update-server-error-rapid", "channel: %s\nts: '%s'\ntext: done\n" % (CHANNEL, TS), "chat.update", [(500, "oops", {}), (200, POSTED, {})], retries="RAPID", errors="true"),
    method("not-there", HELLO, answer=(404, "not found", {}), retries="0", errors="true"),
    method("limited", HELLO, answer=[(429, {"ok": False, "error": "ratelimited"}, {"retry-after": "1"}), (200, POSTED, {})], retries="RAPID", errors="true"),
    method("limited-5", HELLO, answer=[(429, {"ok": False, "error": "ratelimited"}, {"retry-after": "1"}), (200, POSTED, {})], retries="5"),
    method("limited-10", HELLO, answer=[(429, {"ok": False, "error": "ratelimited"}, {"retry-after": "1"}), (200, POSTED, {})], retries="10"),
    method("limited-0", HELLO, answer=(429, {"ok": False, "error": "ratelimited"}, {"retry-after": "1"}), retries="0", errors="true"),
    hook("hook-server-error-retries-0", "text: hello", (500, "oops", {}), retries="0", errors="true"),
    hook("hook-server-error-rapid", "text: hello", [(500, "oops", {}), (200, "ok", {})], retries="RAPID", errors="true"),
    hook("hook-limited", "text: hello", [(429, "rate_limited", {"retry-after": "1"}), (200, "ok", {})], retries="RAPID", errors="true"),
    method("retries-lower-case", HELLO, retries="rapid"),
    method("retries-spaces", HELLO, retries=" 10 "),
    method("retries-odd", HELLO, retries="3"),
    method("retries-word", HELLO, retries="many"),
]

ADDRESS = {"SLACK_WEBHOOK_URL": "{hook}"}


def plain(name, inputs, env=None, answers=None):
    return case(name, inputs, answers if answers is not None else {"chat.postMessage": (200, POSTED, {}), "hook": (200, "ok", {}), "trigger": OK}, env)


inputs = [
    method("token-of-environment", HELLO, token=None, env={"SLACK_TOKEN": TOKEN}),
    method("token-of-both", HELLO, env={"SLACK_TOKEN": "xoxb-of-the-environment"}),
    hook("hook-of-environment", "text: hello", address=None, env=ADDRESS),
    hook("hook-of-both", "text: hello", env={"SLACK_WEBHOOK_URL": "http://127.0.0.1:9/services/T/B/x"}),
    plain("hook-without-type", {"webhook": "{hook}", "payload": "text: hello"}),
    plain("trigger-without-type", {"webhook": "{trigger}", "payload": "a: b"}),
    plain("hook-type-odd", {"webhook": "{hook}", "webhook-type": "incoming", "payload": "text: hello"}),
    plain("hook-type-upper-case", {"webhook": "{hook}", "webhook-type": "INCOMING-WEBHOOK", "payload": "text: hello"}),
    plain("token-and-hook", {"token": TOKEN, "webhook": "{hook}", "webhook-type": "incoming-webhook", "payload": "text: hello"}),
    plain("method-with-hook-of-environment", {"token": TOKEN, "method": "chat.postMessage", "api": "{api}", "payload": HELLO}, ADDRESS),
    plain("hook-with-token-of-environment", {"webhook": "{hook}", "webhook-type": "incoming-webhook", "payload": "text: hello"}, {"SLACK_TOKEN": TOKEN}),
    plain("method-without-token", {"method": "chat.postMessage", "api": "{api}", "payload": HELLO}),
    plain("token-without-method", {"token": TOKEN, "api": "{api}", "payload": HELLO}),
    plain("nothing", {}),
    plain("method-and-hook", {"webhook": "{hook}", "webhook-type": "incoming-webhook", "method": "chat.postMessage", "payload": "text: hello"}),
    method("type-beside-method", HELLO, webhook_type="incoming-webhook"),
    hook("api-beside-hook", "text: hello", api="{api}"),
    method("method-spaces", HELLO, method=" chat.postMessage ", answers={"chat.postMessage": (200, POSTED, {})}),
    method("api-empty-inputs", HELLO, payload_delimiter="", payload_file_path="", proxy="", webhook="", webhook_type=""),
    method("payload-templated-odd", HELLO, payload_templated="yes"),
]

TOPICS = {"payload": payload, "files": files, "templates": templates, "triggers": triggers, "methods": methods,
          "uploads": uploads, "errors": errors, "inputs": inputs}
