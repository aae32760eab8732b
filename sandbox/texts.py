"""What people write, in Chinese and English."""

TOPICS = ("logistics", "refund", "product", "account", "invoice", "promotion", "tech", "complaint")
TOPIC_SHARES = (24, 20, 20, 9, 6, 9, 8, 4)
AFTER_SALES = frozenset({"logistics", "refund", "invoice", "tech", "complaint"})

ASKS = {
    "logistics": ("我的快递到哪里了？", "Where is my parcel?"),
    "refund": ("我想退款，怎么操作？", "I would like a refund, how do I do that?"),
    "product": ("这款有现货吗？尺寸怎么选？", "Is this in stock? Which size should I take?"),
    "account": ("账号登录不上了", "I cannot log in to my account"),
    "invoice": ("请问怎么开发票？", "How can I get an invoice?"),
    "promotion": ("活动价什么时候开始？", "When does the sale start?"),
    "tech": ("设备连不上网络，一直报错", "The device does not connect and keeps failing"),
    "complaint": ("我要投诉，问题一直没人处理！", "I want to complain, nobody takes care of this!"),
}
MORE = {
    "zh": ("订单号我发您", "还是不行", "大概要多久？", "好的，我看一下", "能快一点吗？", "之前的客服说今天会处理"),
    "en": (
        "I will send you the order number",
        "still not working",
        "how long will it take?",
        "let me check",
        "can it be faster?",
    ),
}
REPLIES = {
    "zh": (
        "您好，这里为您查询",
        "已经帮您登记，预计24小时内处理",
        "麻烦提供一下订单号",
        "已为您催促仓库发货",
        "退款将原路退回",
    ),
    "en": (
        "Hello, let me look into that",
        "I have registered it for you",
        "Could you share the order number?",
        "It is on its way",
    ),
}
CLOSINGS = {"zh": ("谢谢", "好的谢谢", "👍"), "en": ("thanks", "ok", "👍")}
ANGRY = {"zh": ("太差劲了", "等了半天没人理"), "en": ("this is terrible", "nobody answers")}
BREACHES = {"zh": ("您加我微信，线下给您便宜", "把验证码发给我就行"), "en": ("add me on WhatsApp and pay me directly",)}
NOTES = {"zh": "内部备注：已联系仓库", "en": "Internal: warehouse asked"}
BOT = {
    "zh": ("您好，我是小德，请问需要什么帮助？", "您可以在“我的订单”里查看物流"),
    "en": ("Hi, I am Desky. How can I help?", "See My orders for tracking"),
}
GREETING = {"zh": "您好，客服正在赶来，请稍候", "en": "Thanks for writing, an agent will be with you shortly"}
AWAY = {"zh": "现在是非工作时间，我们会尽快回复您", "en": "We are away at the moment and will reply as soon as we can"}
CSAT = {"zh": "请为本次服务评分", "en": "Please rate this conversation"}
FEEDBACK = {True: ("很满意", "fast and kind", ""), False: ("没解决问题", "too slow", "", "")}
