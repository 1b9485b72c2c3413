"""Two-party calls that the model has never heard, with their ground truth.

  python3 fresh_calls.py --seed 7 --n 8 --out DIR

Writes N stereo WAVs (agent left, caller right; half of them at 8 kHz, half at 16 kHz) and beside each a JSON file in
the form of the demo calls. The same seed gives the same calls. Needs numpy, scipy and libespeak-ng only.

The training cannot have had these draws: its generators are seeded with small whole numbers (synth.py, train.py), the
ones here with a text, which Python turns into a number of more than 512 bits. Slots are filled with words that training
left out (grammar.held_out) wherever a template has such a filling; sentences without slots were in the training as text.

What counts as a violation, as in demo_calls.py:
- a sentence of VIOLATIONS, said by the agent, is one of its kind;
- no sentence of DISCLOSURE in the whole call is one `missing_recorded_line_disclosure`;
- after the caller has asked not to be called (REQUEST), a sentence of SELL_ON is one `ignored_do_not_call`. Before that, or
  without a request, the same sentences are harmless, and calls without a request have them too.
After a request that is ignored the agent says nothing else that one could argue about: only SELL_ON, VIOLATIONS and the end.
"""
import argparse, json, os, random
from scipy.signal import resample_poly
import grammar, synth

A, C = "agent", "caller"

DISCLOSURE = ["This call is being recorded.", "This call is being recorded for quality.",
              "Please note that this call is being recorded.", "I am calling on a recorded line.",
              "This is a recorded line."]
VIOLATIONS = {
    "guarantee": ["I guarantee you will be approved.", "I guarantee you will save money.",
                  "I guarantee you will save {money} dollars a month."],
    "misleading_free": ["This plan is completely free.", "The insurance is completely free.", "You will pay nothing."],
    "pressure": ["You must decide today or you lose your coverage.", "You must enroll today.",
                 "You must sign up right now.", "This offer ends {tonight}.", "You will lose your coverage {tonight}."],
    "incentive": ["We will send you a gift card.", "We will send you a {money} dollar gift card.",
                  "You will get a free gift card."],
    "impersonation": ["I am calling from the government.", "I am calling from Medicare.", "I work for Medicare.",
                      "I work for the government."],
    "sensitive_data_request": ["I need your social security number.", "What is your social security number?",
                               "I need your bank account number."],
    "coaching": ["Just say yes to every question."],
    "concealment": ["Do not tell your doctor."],
}
REQUEST = ["Please stop calling me.", "Stop calling me.", "Please take me off your list.", "Take me off your list.",
           "Do not call me again."]
SELL_ON = ["You may save {money} dollars a month.", "I will call you back {later}."]

GREETING = ["Hello, this is {agent} with {company}.", "Good {daytime}, this is {agent} with {company}.",
            "Hello, my name is {agent}."]
PURPOSE = ["I am calling about your health insurance.", "I am calling about your health coverage.",
           "Are you looking for health insurance?", "Are you looking for new coverage?"]
INTEREST = ["I am looking for health insurance.", "I need health insurance.", "I need new coverage for my family."]
QUESTIONS = [
    ("What is your zip code?", ["My zip code is {d} {d} {d} {d} {d}.", "It is {d} {d} {d} {d} {d}."]),
    ("What is your date of birth?", ["I was born on {month} {ord}.", "I was born on {month} {ord} nineteen {tens}."]),
    ("How old are you?", ["I am {age} years old."]),
    ("How many people are in your family?", ["There are {small} people in my family.", "It is just me and my {kin}."]),
    ("How much do you make in a year?", ["I make {tens} thousand dollars a year.",
                                         "I make about {tens} {d1} thousand dollars."]),
    ("Do you have coverage right now?", ["I do not have insurance right now.", "I pay {money} dollars a month right now."]),
    ("Do you take any medication?", ["I take {small} medications.", "I take medication every day."]),
    ("Do you see a doctor?", ["I see my doctor every month."]),
]
OFFERS = ["This plan costs {money} dollars a month.", "You would pay {money} dollars a month.",
          "The deductible is {hundreds} dollars.", "You may qualify for a tax credit.",
          "The tax credit depends on your income.", "This plan covers doctor visits and medication.",
          "Your doctor is in the network.", "You can take your time to decide.", "There is no cost to talk with me."]
DOUBTS = ["How much does it cost?", "How much is the deductible?", "Is it really free?", "Does it cover my doctor?",
          "Does it cover my medication?", "That is too much money.", "I need to talk to my {kin}.", "Why do you need that?",
          "Are you from the government?"]
REFUSAL = ["I am not interested.", "I already have insurance.", "How did you get my number?"]


class Talk:
    """One conversation in the making. Every sentence goes through `agent` or `caller`, so labels cannot be forgotten."""

    def __init__(self, rng):
        self.rng = rng
        self.turns, self.picked, self.disclosed, self.asked_to_stop = [], set(), False, False

    def pick(self, templates, count=1):
        """Templates at random, none twice in a call."""
        found = self.rng.sample([t for t in templates if t not in self.picked], count)
        self.picked.update(found)
        return found

    def words(self, template):
        assert template in grammar.AGENT + grammar.CALLER, template
        if "{" in template:
            for _ in range(200):  # one filling in twenty is held out; some templates have none
                text = grammar.expand(self.rng, template)
                if grammar.held_out(text):
                    return text
        return grammar.expand(self.rng, template)

    def agent(self, *templates):
        sentences = []
        for template in templates:
            kind = next((k for k, texts in VIOLATIONS.items() if template in texts), None)
            if self.asked_to_stop and template in SELL_ON:
                kind = "ignored_do_not_call"
            self.disclosed |= template in DISCLOSURE
            sentences.append((self.words(template), kind) if kind else self.words(template))
        self.turns.append((A, sentences))

    def caller(self, *templates):
        self.asked_to_stop |= any(t in REQUEST for t in templates)
        self.turns.append((C, [self.words(t) for t in templates]))

    def violations(self, count):
        """Sentences of `count` different kinds."""
        kinds = [kind for kind in sorted(VIOLATIONS) if not self.picked.issuperset(VIOLATIONS[kind])]
        return [self.pick(VIOLATIONS[kind])[0] for kind in self.rng.sample(kinds, count)]


def opening(talk, disclosed, claims=0):
    talk.agent(*talk.pick(GREETING), *talk.pick(DISCLOSURE, int(disclosed)),
               *talk.pick(VIOLATIONS["impersonation"], int(claims)), *talk.pick(PURPOSE))


def questions(talk, count):
    for question, answers in talk.rng.sample(QUESTIONS, count):
        talk.agent(question)
        talk.caller(*talk.pick(answers))


def goodbye(talk):
    talk.agent("Thank you for your time.", *talk.pick(["Have a great day.", "Have a good {daytime}, {caller}."]))
    talk.caller(*talk.pick(["Thank you for your help.", "Thank you, goodbye.", "Goodbye."]))


def fair_sale(talk):
    opening(talk, True)
    talk.caller("Yes, that is fine.", *talk.pick(INTEREST))
    questions(talk, 3)
    talk.agent("I found {small} plans in your area.", *talk.pick(OFFERS, 3))
    talk.caller(*talk.pick(DOUBTS, 2))
    talk.agent(*talk.pick(OFFERS, 2), "You may save {money} dollars a month.")
    if talk.rng.random() < 0.5:
        talk.caller("Can you call me back {later}?")
        talk.agent("I will call you back {later}.")
    else:
        talk.caller("Okay, that sounds good.", "I would like to enroll today.")
        talk.agent("Your coverage will start on {month} {ord}.", "You will get a card in the mail.")
    goodbye(talk)


def pushy_sale(talk):
    opening(talk, talk.rng.random() < 0.5, talk.rng.random() < 0.4)
    talk.caller("Who is this?", *talk.pick(INTEREST))
    questions(talk, 2)
    talk.agent("I found {small} plans for you.", *talk.violations(2))
    talk.caller(*talk.pick(DOUBTS))
    talk.agent(*talk.pick(OFFERS), *talk.violations(2))
    talk.caller(*talk.pick(DOUBTS, 2))
    talk.agent(*talk.violations(1), *talk.pick(OFFERS), *talk.violations(1))
    talk.caller("I do not know.", "I want to think about it.")
    goodbye(talk)


def request_honored(talk):
    opening(talk, talk.rng.random() < 0.7)
    talk.caller(*talk.pick(REFUSAL))
    talk.agent(*talk.pick(SELL_ON), *talk.pick(OFFERS), *talk.violations(talk.rng.randint(0, 1)))
    talk.caller("I said I am not interested.", *talk.pick(REQUEST, talk.rng.randint(1, 2)))
    talk.agent("I am sorry about that.", "Okay, I will take you off our list.", "I will not call you again.")
    talk.caller("Thank you, goodbye.")
    talk.agent("Goodbye.")


def request_ignored(talk):
    opening(talk, talk.rng.random() < 0.5)
    talk.caller(*talk.pick(REFUSAL))
    questions(talk, 1)
    talk.caller(*talk.pick(REQUEST, talk.rng.randint(1, 2)))
    talk.agent("You may save {money} dollars a month.", *talk.violations(talk.rng.randint(1, 2)))
    talk.caller("I said I am not interested.", *talk.pick(REQUEST))
    talk.agent(*talk.violations(1), "I will call you back {later}.")
    talk.caller("No.", "I am going to hang up.")
    talk.agent("Goodbye.")


STORIES = [("Fair sale", fair_sale), ("Pushy sale", pushy_sale), ("Do-not-call request, honored", request_honored),
           ("Do-not-call request, ignored", request_ignored)]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, required=True)
    p.add_argument("--n", type=int, default=8)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    esp = synth.Espeak()
    for k in range(a.n):
        title, story = STORIES[k % len(STORIES)]
        rng = random.Random(f"fresh call {a.seed}.{k}")
        talk = Talk(rng)
        story(talk)
        stereo, rows = synth.render_call(esp, talk.turns, rng)
        whole = [] if talk.disclosed else ["missing_recorded_line_disclosure"]
        name = f"fresh{a.seed}_{k:03d}"
        rate = (synth.SR, synth.SR // 2)[k // len(STORIES) % 2 ^ k % 2]  # each story at both rates
        synth.write_wav(f"{a.out}/{name}.wav", stereo if rate == synth.SR else resample_poly(stereo, 1, 2), rate)
        with open(f"{a.out}/{name}.json", "w") as f:
            json.dump(synth.call_truth(f"{name}.wav", f"{title} (seed {a.seed}, call {k})", whole, stereo, rows), f, indent=1)


if __name__ == "__main__":
    main()
