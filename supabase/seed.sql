-- For a local stack only: two verticals with rules, the simulator's campaigns, and three users whose
-- password stands here. One block, so that nothing of it is kept when it is refused.

do $seed$
declare
  person record;
begin
  if not core.is_local() then
    raise exception 'The seed holds demo users with a known password; it is for a local stack only.';
  end if;

  insert into core.verticals (vertical, title, description) values
    ('aca', 'ACA health insurance', 'Individual and family plans of the Affordable Care Act marketplaces.'),
    ('medicare', 'Medicare', 'Medicare Advantage, supplement and prescription plans.')
  on conflict (vertical) do nothing;

  insert into core.campaign_verticals (campaign, vertical) values
    ('ACA Health Insurance', 'aca'),
    ('ACA *', 'aca'),
    ('Medicare Advantage', 'medicare'),
    ('*medicare*', 'medicare')
  on conflict on constraint campaign_mapped_once do nothing;

  insert into core.rules (
    vertical, key, title, severity, form, speaker, phrases, after_phrases, within_first_seconds, instruction,
    examples_violating, examples_passing
  ) values
    (
      'common', 'missing_recorded_line_disclosure', 'No recorded-line disclosure', 'major', 'must_happen', 'agent',
      array['(call|line|conversation) (is|may be|will be) being? (recorded|monitored)', 'recorded (line|call|conversation)'],
      '{}', 60,
      'Within the first minute the agent must say that the call is recorded.',
      '{}', array['This call is being recorded for quality.', 'I am calling on a recorded line.']
    ),
    (
      'common', 'ignored_do_not_call', 'Do-not-call request ignored', 'critical', 'must_not_happen', 'agent',
      array[
        'you (may|could|can) (save|qualify)', 'i will call you (back|tomorrow|later)',
        'would you like to (enroll|continue|sign up)', 'i found # plans', 'i found (some|several|a few) plans', 'are you looking for *3 (insurance|coverage)'
      ],
      array['stop calling me?', '(take|remove) me (off|from) (your|the|that) list', '(do not|don''t|never) call (me|here|this number) again?'],
      null,
      'Once the caller has asked not to be called or to be taken off the list, the agent must stop selling and must not announce another call.',
      array['You may save seventy dollars a month.', 'I will call you back tomorrow.'],
      array['Okay, I will take you off our list.', 'I will not call you again.']
    ),
    (
      'common', 'sensitive_data_request', 'Asked for sensitive numbers', 'critical', 'must_not_happen', 'agent',
      array['(need|what is|what''s|give me|tell me|confirm|verify) your (full|complete)? (social security|bank account|routing|credit card|debit card) number'],
      '{}', null,
      'The agent must not ask for social security, bank account or card numbers on a sales call.',
      array['I need your social security number.', 'What is your bank account number?'],
      array['What is your zip code?', 'What is your date of birth?']
    ),
    (
      'common', 'concealment', 'Told to keep it secret', 'critical', 'must_not_happen', 'agent',
      array['(do not|don''t|never) tell (your doctor|your family|your husband|your wife|your agent|anyone|anybody)'],
      '{}', null,
      'The agent must not tell the caller to hide the call or the plan from doctors, family or others.',
      array['Do not tell your doctor.'], array['Please tell your doctor about the new plan.']
    ),
    (
      'common', 'coaching', 'Coached answers', 'major', 'must_not_happen', 'agent',
      array['just? (say|answer) yes to *3 (question|questions|everything)'],
      '{}', null,
      'The agent must not tell the caller what to answer to questions of verification or eligibility.',
      array['Just say yes to every question.'], array['Please answer every question.']
    ),
    (
      'common', 'impersonation', 'Claimed to be the government', 'critical', 'must_not_happen', 'agent',
      array[
        '(i am|i''m|we are|we''re) calling from (the government|the marketplace|social security|medicare|medicaid)',
        '(i|we) work for (the government|the marketplace|social security|medicare|medicaid)'
      ],
      '{}', null,
      'The agent must not claim to call from, or work for, the government or one of its programmes.',
      array['I am calling from the government.', 'I work for Medicare.'],
      array['I am calling about your health insurance.', 'I am with Family Care.']
    ),
    (
      'aca', 'guarantee', 'Guaranteed an outcome', 'major', 'must_not_happen', 'agent',
      array['i guarantee (you will|that you will|you|it)? (be approved|qualify|save money|save)?'],
      '{}', null,
      'The agent must not guarantee approval, eligibility or savings before they are established.',
      array['I guarantee you will be approved.', 'I guarantee you will save fifty dollars a month.'],
      array['You may qualify for a tax credit.', 'I can not guarantee that you will qualify.']
    ),
    (
      'aca', 'misleading_free', 'Called the plan free', 'major', 'must_not_happen', 'agent',
      array['(plan|insurance|coverage|policy) is (completely|totally|absolutely|entirely)? free', '(you will|you''ll|you) pay nothing'],
      '{}', null,
      'The agent must not call a plan free: subsidies depend on income and deductibles remain.',
      array['This plan is completely free.', 'You will pay nothing.'],
      array['There is no cost to talk with me.', 'There are seven plans with no deductible.']
    ),
    (
      'aca', 'incentive', 'Offered a gift to enroll', 'critical', 'must_not_happen', 'agent',
      array['(send you|give you|get|receive|mail you) (a|your) *5 gift (card|cards)'],
      '{}', null,
      'The agent must not offer gift cards, cash or other rewards for enrolling.',
      array['We will send you a fifty dollar gift card.', 'You will get a free gift card.'],
      array['You will get a card in the mail.']
    ),
    (
      'aca', 'pressure', 'Pressed for a decision', 'major', 'must_not_happen', 'agent',
      array[
        'you (must|have to|need to) (decide|enroll|sign up|act) (today|tonight|tomorrow|right now|now) (or you lose your coverage|or you will lose your coverage)?',
        '(this|the) offer (ends|expires) (today|tonight|tomorrow|right now)',
        'you will lose your coverage (today|tonight|tomorrow)?'
      ],
      '{}', null,
      'The agent must not threaten with loss of coverage or invent a deadline to force a decision.',
      array['You must decide today or you lose your coverage.', 'This offer ends tonight.'],
      array['You can take your time to decide.', 'Your coverage will start on January first.']
    ),
    (
      'medicare', 'guarantee', 'Guaranteed an outcome', 'major', 'must_not_happen', 'agent',
      array['i guarantee (you will|that you will|you|it)? (be approved|qualify|save money|save)?'],
      '{}', null,
      'The agent must not guarantee approval, benefits or savings.',
      array['I guarantee you will be approved.'], array['I can not guarantee that you will qualify.']
    ),
    (
      'medicare', 'misleading_free', 'Called the plan free', 'critical', 'must_not_happen', 'agent',
      array['(plan|insurance|coverage|policy) is (completely|totally|absolutely|entirely)? free', '(you will|you''ll|you) pay nothing'],
      '{}', null,
      'The word free must not describe a plan whose premium is zero: Part B premiums and cost sharing remain.',
      array['This plan is completely free.', 'You will pay nothing.'], array['There is no cost to talk with me.']
    ),
    (
      'medicare', 'incentive', 'Offered a gift to enroll', 'critical', 'must_not_happen', 'agent',
      array['(send you|give you|get|receive|mail you) (a|your) *5 gift (card|cards)'],
      '{}', null,
      'No cash or gift cards may be offered for enrolling in a Medicare plan.',
      array['We will send you a fifty dollar gift card.'], array['You will get a card in the mail.']
    ),
    (
      'medicare', 'pressure', 'Pressed for a decision', 'critical', 'must_not_happen', 'agent',
      array[
        'you (must|have to|need to) (decide|enroll|sign up|act) (today|tonight|tomorrow|right now|now) (or you lose your coverage|or you will lose your coverage)?',
        '(this|the) offer (ends|expires) (today|tonight|tomorrow|right now)',
        'you will lose your (coverage|benefits|medicare) (today|tonight|tomorrow)?'
      ],
      '{}', null,
      'The agent must not scare a Medicare beneficiary into enrolling or invent a deadline.',
      array['You will lose your coverage tonight.'], array['You can take your time to decide.']
    ),
    (
      'medicare', 'impersonation', 'Claimed to be Medicare or the government', 'critical', 'must_not_happen', 'agent',
      array[
        '(i am|i''m|we are|we''re) (calling from|with|from) (the government|social security|medicare|medicaid|the medicare office|the medicare department)',
        '(i|we) work for (the government|social security|medicare|medicaid)',
        '(medicare|the government) (asked|told|sent) me to call'
      ],
      '{}', null,
      'The agent must not claim to call from, be sent by, or work for Medicare or the government.',
      array['I am calling from Medicare.', 'I work for the government.'],
      array['I am calling about your health insurance.', 'Do you have Medicare right now?']
    )
  on conflict on constraint rule_key_once_per_vertical do nothing;

  insert into core.rules (vertical, key, title, severity, kind, form, speaker, instruction, enabled) values
    (
      'medicare', 'plan_choice_disclaimer', 'No disclaimer about plan choice', 'major', 'judged', 'must_happen', 'agent',
      'Within the first minute an agent who does not sell every plan in the area must say so, and name Medicare.gov or 1-800-MEDICARE as a source of all options. '
      || 'Switch this on when a language model is connected.',
      false
    ),
    (
      'aca', 'income_misstated', 'Income misstated', 'critical', 'judged', 'must_not_happen', 'agent',
      'The agent must not suggest or enter an income other than the one the caller told. Switch this on when a language model is connected.',
      false
    )
  on conflict on constraint rule_key_once_per_vertical do nothing;

  for person in
    select * from (values
      ('00000000-0000-4000-8000-000000000001'::uuid, 'reviewer@callscript.local', 'reviewer'),
      ('00000000-0000-4000-8000-000000000002'::uuid, 'admin@callscript.local', 'admin'),
      ('00000000-0000-4000-8000-000000000003'::uuid, 'worker@callscript.local', 'worker')
    ) as people(id, email, role)
  loop
    -- Supabase Auth reads the empty tokens as text: null would break its sign-in.
    insert into auth.users (
      instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
      raw_app_meta_data, raw_user_meta_data, created_at, updated_at,
      confirmation_token, recovery_token, email_change_token_new, email_change
    )
    values (
      '00000000-0000-0000-0000-000000000000', person.id, 'authenticated', 'authenticated', person.email,
      extensions.crypt('callscript-local', extensions.gen_salt('bf')), now(),
      jsonb_build_object('provider', 'email', 'providers', jsonb_build_array('email'), 'role', person.role),
      '{}', now(), now(), '', '', '', ''
    )
    on conflict (id) do nothing;
    insert into auth.identities (
      provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at
    )
    values (
      person.id::text, person.id,
      jsonb_build_object('sub', person.id, 'email', person.email, 'email_verified', true, 'phone_verified', false),
      'email', now(), now(), now()
    )
    on conflict (provider_id, provider) do nothing;
  end loop;
end
$seed$;
