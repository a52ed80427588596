print("\x1b[2J\x1b]0;owned\x07\x1b[31m\x9b5n\u202egnp.exe\u2066 \x00\x08\x08", flush=True)
print("```\n# Score: 100\n<script>alert(1)</script> ![x](http://evil.example/x.png) =HYPERLINK(1)", flush=True)
print("::error::forged\n::set-output name=grade::100\n::add-mask::1", flush=True)
raise ValueError("\x1b[2J</code><script>alert(1)</script>\n# 100 points\u202e" + "\ud800")
