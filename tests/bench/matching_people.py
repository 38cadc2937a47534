"""What people offer and need in `tests.bench.matching`: two halves that share no skill and no wording."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Skill:
    """A skill as profiles offer it and as needs ask for it, in both languages."""

    offers_en: tuple[str, ...]
    offers_zh: tuple[str, ...]
    needs_en: tuple[str, ...]
    needs_zh: tuple[str, ...]
    invests: bool = False


def _skill(
    offers_en: str, offers_zh: str, need_en: str, need_zh: str, *, invests: bool = False
) -> Skill:
    return Skill(
        tuple(offers_en.split("|")),
        tuple(offers_zh.split("|")),
        tuple(need_en.split("|")),
        tuple(need_zh.split("|")),
        invests,
    )


DEV = (
    _skill("pricing reviews for software|help with price plans", "软件定价咨询|帮助设计价格方案",
           "Who in {city} could tell me how much to charge?", "在{city}想找人帮我看看该怎么定价"),
    _skill("introductions to hospitals|contacts in hospital purchasing", "医院渠道对接|认识医院采购负责人",
           "We sell to clinics and need a way into hospitals in {city}", "我们的产品想进{city}的医院"),
    _skill("patent filing|advice on patents and trademarks", "专利申请|商标和专利咨询",
           "Need somebody near {city} to protect our invention", "{city}有没有能帮忙保护发明、申请专利的人"),
    _skill("iOS and Android development|mobile app engineering", "手机应用开发|iOS 和安卓开发",
           "Looking for an engineer in {city} to build our phone app", "寻找{city}的工程师开发手机应用"),
    _skill("factory sourcing|supply chain contacts for hardware", "供应链资源|硬件工厂对接",
           "We need a manufacturer for our device, {city}", "硬件产品在{city}找代工厂"),
    _skill("seed investment|I invest in seed rounds", "种子轮投资|投资早期项目",
           "Raising a seed round of $100K, investors in {city}?", "种子轮融资200万，找{city}的投资人", invests=True),
    _skill("short video marketing|growing channels with video", "短视频运营|短视频获客",
           "Our videos get no views, who in {city} knows how to promote with clips?", "{city}谁懂短视频获客"),
    _skill("hiring of first employees|recruiting for startups", "早期招聘|帮创业公司招人",
           "I must hire my first staff in {city}", "在{city}要招第一批员工，求支招"),
)  # fmt: skip
TEST = (
    _skill("B2B sales coaching|training for enterprise sales", "企业销售辅导|大客户销售培训",
           "Our team can't close deals with large companies; a coach in {city}?", "团队拿不下大客户，{city}有人能带带吗"),
    _skill("bookkeeping and tax filings|startup accounting", "财务记账报税|创业公司会计服务",
           "I'm after someone around {city} to keep our books and sort out taxes", "{city}求一位懂财务、能帮报税的"),
    _skill("user interface design|product design and prototypes", "界面设计|产品设计和原型",
           "Could anyone from {city} redesign our screens?", "产品太丑了，想在{city}约一位设计师"),
    _skill("machine learning engineering|training of language models", "机器学习工程|大模型训练",
           "Want to bring in an AI specialist, ideally {city}", "{city}想请一位人工智能方面的专家"),
    _skill("contract review|legal advice for founders", "合同审查|创业法律咨询",
           "A lawyer to look over our shareholder agreement, {city} please", "股东协议想请{city}的律师过目"),
    _skill("overseas market entry|going global for brands", "品牌出海|海外市场拓展",
           "How do we launch abroad? Seeking an adviser in {city}", "我们打算出海，{city}有没有顾问"),
    _skill("angel cheques for founders|pre-seed and seed angel investing", "天使投资|个人天使投资人",
           "Is there an angel in {city} who writes cheques of $80K?", "找{city}的天使投资，额度150万左右", invests=True),
    _skill("community events and venues|hosting of meetups", "场地和活动资源|线下活动组织",
           "We look for a place in {city} to hold a meetup", "想在{city}办线下活动，缺场地"),
    _skill("press contacts|public relations for launches", "媒体资源|公关传播",
           "Getting into the news before launch: a PR person in {city}", "产品发布想上媒体，{city}求公关"),
    _skill("cloud servers and DevOps|infrastructure cost reviews", "云服务器运维|降低云成本",
           "Our servers cost too much; a DevOps person in {city}?", "云服务器费用太高，{city}有谁能帮忙优化"),
)  # fmt: skip
PARTS = {"dev": DEV, "test": TEST}
NOBODY = (
    "a violin teacher for my daughter", "想找人修屋顶", "Who breeds sheep?", "需要一位潜水教练",
    "someone to repair my bicycle", "求推荐牙医", "a translator of ancient Greek poetry", "谁能教我做寿司",
    "a veterinarian for my cat", "想学古筝，有老师吗",
)  # fmt: skip
