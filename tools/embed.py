"""Writes a C file that holds the bytes of another file: embed.py INPUT OUTPUT SYMBOL.

The symbol is a NUL-terminated `const char SYMBOL[]`, its length without the NUL is `const unsigned SYMBOL_size`."""
import sys


def main() -> int:
    source, target, symbol = sys.argv[1:4]
    with open(source, "rb") as f:
        data = f.read()
    lines = []
    for at in range(0, len(data), 24):
        lines.append("\t" + ",".join(str(b) for b in data[at : at + 24]) + ",")
    text = (
        f"/* Made by tools/embed.py. */\nextern const char {symbol}[];\nextern const unsigned {symbol}_size;\n"
        f"const char {symbol}[] = {{\n" + "\n".join(lines) + f"\n\t0}};\nconst unsigned {symbol}_size = {len(data)};\n"
    )
    with open(target, "w", encoding="ascii") as f:
        f.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
