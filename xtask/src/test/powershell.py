"""What can be checked of a PowerShell script without a PowerShell: that it parses, and its style.

Usage: python powershell.py FILE. Prints one complaint per line; none is good.
"""

import re
import sys

import tree_sitter_powershell
from tree_sitter import Language, Parser

# Of the verbs PowerShell 5.1 approves, those that change no state and so need no ShouldProcess.
VERBS = {"ConvertTo", "Expand", "Find", "Get", "Invoke", "Save", "Test", "Wait", "Write"}


def main(path):
    source = open(path, "rb").read()
    complaints = []

    def text(node):
        return source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def complain(node, what):
        complaints.append(f"{path}:{node.start_point[0] + 1}: {what}")

    def walk(node):
        yield node
        for child in node.children:
            yield from walk(child)

    root = Parser(Language(tree_sitter_powershell.language())).parse(source).root_node
    nodes = list(walk(root))
    declared = {text(node) for node in nodes if node.type == "function_name"}
    for node in nodes:
        if node.type == "ERROR" or node.is_missing:
            complain(node, f"is not understood: {text(node)[:60]!r}")
        elif node.type == "function_name":
            verb, hyphen, _ = text(node).partition("-")
            if hyphen and verb not in VERBS:
                complain(node, f"{text(node)}: not a verb a reader expects")
        elif node.type == "command":
            name = next((text(child) for child in node.children if child.type == "command_name"), None)
            # No cmdlet, no alias, no program by a bare name: only functions of this file.
            if name not in declared and name != "Set-StrictMode":
                complain(node, f"{name or text(node)[:40]!r} is no function of this script")
            given = [child for child in walk(node) if child.parent is not None and child.parent.type == "command_elements" and child.parent.parent == node]
            kinds = [child.type for child in given if child.type != "command_argument_sep"]
            named = sum(kind == "command_parameter" for kind in kinds)
            if name in declared and len(kinds) - 2 * named > 2:
                complain(node, f"{name}: more than two arguments without their names")
        elif node.type == "catch_clause":
            if not text(node).split("{", 1)[-1].rstrip("} \n"):
                complain(node, "a catch that does nothing")
    for number, line in enumerate(source.decode("utf-8").split("\n"), 1):
        if not line.isascii():
            # Windows PowerShell takes a file without a mark for another code page.
            complaints.append(f"{path}:{number}: is not ASCII")
        if line != line.rstrip():
            complaints.append(f"{path}:{number}: ends with blanks")
        if re.search(r"\bInvoke-Expression\b|\biex\b|\$global:|Write-Host", line):
            complaints.append(f"{path}:{number}: holds what PSScriptAnalyzer warns of")
    if b"Set-StrictMode -Version Latest\n$ErrorActionPreference = 'Stop'\n" not in source:
        complaints.append(f"{path}: is not strict")
    print("\n".join(complaints))


main(sys.argv[1])
