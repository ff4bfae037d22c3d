é = "ü" + '日本'
def naïve(ﬁ): return ﬁ, "😀", é
x = "\u00e9\U0001F600"
