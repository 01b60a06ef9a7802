"""Statistical disclosure control for tables of counts of people: what singles somebody out, and what to do about it.

`protect(table, spec, treatment)` is the front door. After Hundepool et al., Statistical Disclosure Control (Wiley 2012)
and the practice of statistical offices: minimum frequency, dominance, complementary suppression, rounding, and an
independent attacker who tries to undo it.
"""

from datadam.science.privacy.protecting import Interval, Protected, intervals, protect
from datadam.science.privacy.spec import Action, BadSpec, Spec, Treatment

__all__ = ["Action", "BadSpec", "Interval", "Protected", "Spec", "Treatment", "intervals", "protect"]
