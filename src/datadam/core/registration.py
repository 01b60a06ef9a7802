"""Business registration numbers (사업자등록번호): ten digits, the last one a check digit."""

from django.core.exceptions import ValidationError

WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def check_digit(first_nine: str) -> int:
    """The tenth digit, by the National Tax Service's published weights; the ninth carries its tens over."""
    digits = [int(d) for d in first_nine]
    total = sum(d * w for d, w in zip(digits, WEIGHTS, strict=True)) + digits[8] * 5 // 10
    return (10 - total % 10) % 10


def normalise(number: str) -> str:
    """Digits only: `123-45-67890` becomes `1234567890`."""
    return "".join(c for c in number if c.isdigit())


def is_valid(number: str) -> bool:
    """Whether `number` (ten digits) ends with its check digit."""
    return len(number) == 10 and number.isascii() and number.isdigit() and check_digit(number[:9]) == int(number[9])


def validate_registration_number(number: str) -> None:
    """Django validator; refuses with both languages' words."""
    if not is_valid(number):
        raise ValidationError("사업자등록번호가 올바르지 않습니다. (not a valid business registration number)")
