"""Scripts come as names and messages that the verdict quotes.

base  chaff
where first in train_epoch
told  BUG
most  55
"""

raise type("<img src=x onerror=alert(1)>", (Exception,), {})("</pre><script>alert(2)</script>{{ 7 * 7 }}")
