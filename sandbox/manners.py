"""How people talk: greetings and farewells, or none; data said again or leaked; kind words and threats.

It draws from dice of its own, so that nothing else of a world depends on what is said.
"""

from dataclasses import dataclass
from random import Random

HELLO = {"zh": "您好，", "en": "Hello, "}
FAREWELL = {"zh": "。祝您生活愉快，再见", "en": ". Have a nice day, goodbye"}
IDENTITY = {"zh": "请先核对一下您的身份信息", "en": "Could you please verify your identity first"}
ACCOUNT = {"zh": "您的账户余额是{amount}元", "en": "your account balance is {amount} yuan"}
OWN_PHONE = {"zh": "，我的电话是{phone}", "en": ", my phone number is {phone}"}
REPEATED = {"zh": "，会打{phone}联系您", "en": ", we will call {phone}"}
LEAK = {"zh": "，收件人王先生的电话是{phone}", "en": ", the recipient's phone number is {phone}"}
HAPPY = {
    "zh": ("，服务很好，很满意", "，太感谢了，非常专业"),
    "en": (", great service, very satisfied", ", you are really helpful"),
}
THREATS = {
    "zh": ("，再不处理我就打12315投诉", "，不退款我就去法院起诉你们", "，我要找媒体曝光你们"),
    "en": (". I will report you to the consumer protection authority", ". I will take you to court"),
}
GREETS = ("您好", "Hello", "Hi")


@dataclass(slots=True)
class Manners:
    """Turns a plain line into what somebody really wrote; `phone` is what the customer of this talk has told."""

    dice: Random
    language: str = "zh"
    phone: str | None = None
    is_identified: bool = False

    def begin(self, language: str) -> None:
        """A new contact: nobody has told anything yet."""
        self.language, self.phone, self.is_identified = language, None, False

    def customer(self, line: str) -> str:
        """A customer's line: now and then with the own number or a kind word, seldom with a threat."""
        if self._happens(0.02):
            self.phone = self._number()
            return line + OWN_PHONE[self.language].format(phone=self.phone)
        if self._happens(0.04):
            return line + self.dice.choice(HAPPY[self.language])
        return line + (self.dice.choice(THREATS[self.language]) if self._happens(0.006) else "")

    def agent(self, line: str, is_first: bool, is_last: bool) -> str:
        """An agent's line: nearly all greet first and say goodbye last; few tell what they should not."""
        if self.phone is not None and self._happens(0.4):
            line += REPEATED[self.language].format(phone=self.phone)
        elif self._happens(0.002):
            line += LEAK[self.language].format(phone=self._number())
        if self._happens(0.03):
            line = self._account()
        if is_first and not line.startswith(GREETS) and self._happens(0.95):
            line = HELLO[self.language] + line
        return line + (FAREWELL[self.language] if is_last and self._happens(0.9) else "")

    def _account(self) -> str:
        """The account's balance, mostly only after the identity check."""
        if self.is_identified or self._happens(0.05):
            return ACCOUNT[self.language].format(amount=self.dice.randint(10, 900))
        self.is_identified = True
        return IDENTITY[self.language]

    def _number(self) -> str:
        return f"1{self.dice.choice('358')}{self.dice.randrange(10**9):09d}"

    def _happens(self, share: float) -> bool:
        return self.dice.random() < share
