"""What the room's events and codes mean."""

from datadam.web.text import Text

EVENTS = {
    "disclosure.recorded": Text("사람에 관한 공표를 기록함", "Publication about people recorded"),
    "disclosure.withdrawn": Text("사람에 관한 공표를 거둠", "Publication about people withdrawn"),
    "disclosure.republished": Text("거둔 공표를 다시 냄", "Withdrawn publication about people opened again"),
    "disclosure.destroyed": Text("사람에 관한 공표 기록을 파기함", "Record of a publication about people destroyed"),
}
UNITS = {"persons": Text("사람", "Persons"), "households": Text("가구", "Households")}
TREATMENTS = {
    "none": Text("작은 칸이 없어 그대로", "As it is: no small cells"),
    "suppress": Text("작은 칸을 비공개(X)로", "Small cells withheld (X)"),
    "merge": Text("작은 항목을 합침", "Small categories merged"),
    "round": Text("반올림", "Rounded"),
    "keep": Text("사유를 적고 그대로", "As it is, with a reason and a second person"),
}
STATES = {
    "published": Text("공개", "Published"),
    "withdrawn": Text("거둠", "Withdrawn"),
    "destroyed": Text("파기", "Destroyed"),
}
