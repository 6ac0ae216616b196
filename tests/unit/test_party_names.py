"""Names of one organisation, typed in many ways, and names of others. All organisations are invented."""

import pytest

from infra_registry.parties.ties.names import same

AREAS = ("云州", "临江", "Yunzhou", "Linjiang")
PARTY = "样例移动通信集团有限公司云州分公司"
PARTY_EN = "Sample Mobile Communications Group Co., Ltd. Yunzhou Branch"
PROPERTY = "锦绣花园物业管理有限公司"

SAME = [
    (PARTY, "样例移动通信集团有限公司云州分公司"),
    (PARTY, "样例移动通信集团有限公司"),
    (PARTY, "样例移动通信集团云州分公司"),
    (PARTY, "样例移动通信有限责任公司"),
    (PARTY, "样例移动云州分公司"),
    (PARTY, "云州样例移动"),
    (PARTY, "云州市样例移动公司"),
    (PARTY, "样例移动"),
    (PARTY, " 样例 移动 "),
    (PARTY, "“样例移动”（云州）"),
    (PARTY, "样例移动临江营业厅"),
    (PARTY, "中国样例移动通信集团山东有限公司云州分公司"),
    (PARTY, "样例移动通信股份有限公司临江县支公司"),
    (PARTY, "样例移动的安装师傅"),
    (PARTY_EN, "sample mobile"),
    (PARTY_EN, "SAMPLE MOBILE Communications"),
    (PARTY_EN, "Ｓａｍｐｌｅ　Ｍｏｂｉｌｅ　Ｃｏ．，Ｌｔｄ"),
    (PARTY_EN, "Sample-Mobile (Linjiang)"),
    (PARTY_EN, "the Sample Mobile office"),
    (PROPERTY, "锦绣花园物业"),
    (PROPERTY, "锦绣花园物业服务公司"),
    (PROPERTY, "云州锦绣花园物业管理有限公司"),
    (PROPERTY, "锦绣花园"),
]
OTHERS = [
    (PARTY, "样例联通云州分公司"),
    (PARTY, "通信公司"),
    (PARTY, "云州市通信管理局"),
    (PARTY, "云州分公司"),
    (PARTY, "有限公司"),
    (PARTY, "物业"),
    (PARTY, "不知道"),
    (PARTY, "？"),
    (PARTY, ""),
    (PARTY_EN, "Sample Telecom"),
    (PARTY_EN, "Mobi"),
    (PARTY_EN, "Communications Co"),
    (PROPERTY, "碧水湾物业管理有限公司"),
    (PROPERTY, "物业管理有限公司"),
    (PROPERTY, "云州物业服务有限公司"),
]


@pytest.mark.parametrize(("party", "typed"), SAME)
def test_the_same_organisation_is_recognised(party: str, typed: str) -> None:
    assert same(party, typed, AREAS)
    assert same(typed, party, AREAS)


@pytest.mark.parametrize(("party", "typed"), OTHERS)
def test_another_organisation_is_not(party: str, typed: str) -> None:
    assert not same(party, typed, AREAS)
    assert not same(typed, party, AREAS)
