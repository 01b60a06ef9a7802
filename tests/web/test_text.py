"""Korean particles after a word that is only known when a sentence is shown."""

import pytest

from datadam.web.text import Text, with_particles


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("‘주차장’을(를) 공개", "‘주차장’을 공개"),
        ("‘지도’을(를) 공개", "‘지도’를 공개"),
        ("김담당이(가) 했고 시민우이(가) 봤다", "김담당이 했고 시민우가 봤다"),
        ("서울(으)로, 부산(으)로, 제주(으)로", "서울로, 부산으로, 제주로"),
        ("3(으)로 1(으)로 2을(를)", "3으로 1로 2를"),
        ("‘data.csv’을(를) 읽음", "‘data.csv’을(를) 읽음"),
        ("빵과(와) 우유과(와) 물은(는)", "빵과 우유와 물은"),
    ],
)
def test_a_particle_follows_the_last_sound(written, read):
    assert with_particles(written) == read


def test_a_sentence_decides_when_it_is_filled_in_or_shown():
    said = Text("‘{title}’을(를) 공개했습니다.", "“{title}” was published.")
    assert said.format(title="축제").ko == "‘축제’를 공개했습니다."
    assert str(Text("‘축제’을(를) 봤다", "")) == "‘축제’를 봤다"
