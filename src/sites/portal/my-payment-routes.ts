import { Hono, type Context } from "hono";
import { startOfDay } from "#flows";
import { nationalIdOf, type Session } from "#identity";
import { isUuid } from "#kernel";
import {
  checkOwner,
  paymentById,
  paymentsOfCases,
  publicStatus,
  reasonClass,
  recoveriesOf,
  reroutePayment,
  rerouteToCheque,
  tracePayment,
  type OwnerVerdict,
  type PaymentTrace,
  type TracedAttempt,
} from "#payments";
import {
  anotherAccountPage,
  chequePage,
  mayGoOn,
  myPaymentPage,
  myPaymentsPage,
  paymentPaths,
  verdictText,
  type AccountForm,
  type AskedBack,
  type MyPaymentView,
} from "#payments/pages";
import { casesOf } from "#services";
import { both, type FieldError, type Text } from "#ui";
import { definitionOf } from "./case-view.ts";
import type { OpenCase } from "./desk-case.ts";
import { courseOf, nowWords } from "./my-payment-words.ts";
import { addressLines } from "./payment-acts.ts";
import { caseOf } from "./payment-desk.ts";
import { pageOf } from "./payment-routes.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

const onAPage = 10;
const back = { text: both("回到我的款項", "Back to my payments"), href: paymentPaths.mine };
/** Reasons about which the payee can do something. */
const theirs: ReadonlySet<string> = new Set(["ask-person", "other-channel", "new-code"]);
/** Which control a refusal of the country's account check belongs to. */
const fieldOf: Readonly<Record<string, string>> = {
  "account-invalid": "account",
  "institution-unknown": "institution",
  "institution-merged": "branch",
};

/** A person's own money: where it is, and what they can do when it did not arrive. */
export function myPaymentRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { payments, country, database } = portal;
  const { currency } = payments.banking;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;
  interface Own extends OpenCase {
    readonly session: Session;
    readonly trace: PaymentTrace;
    readonly newest: TracedAttempt;
    readonly here: string;
  }

  routes.get(paymentPaths.mine, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const cases = (await casesOf(database, session.person.id, 1000)).flatMap((one) =>
      one.number === null ? [] : [{ number: one.number, service: one.service }],
    );
    const page = pageOf(c.req.query("page"));
    const found = await paymentsOfCases(
      payments,
      cases.map(({ number }) => number),
      { limit: onAPage, offset: (page - 1) * onAPage },
    );
    const lines = found.payments.map((payment) => ({
      href: `${paymentPaths.mine}/${payment.entitlementId}`,
      number: payment.caseRef,
      service: definitionOf(country, cases.find(({ number }) => number === payment.caseRef)!.service).metadata.title,
      amount: payment.amount,
      status: payment.public,
      since: payment.events.at(-1)!.at,
    }));
    const pages = {
      page,
      pages: Math.max(1, Math.ceil(found.total / onAPage)),
      href: (to: number) => `${paymentPaths.mine}?page=${to}`,
    };
    return sendPage(c, myPaymentsPage({ lines, pages, currency }, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(`${paymentPaths.mine}/:entitlement`, async (c) => {
    const own = await ownPayment(c);
    if (own instanceof Response) return own;
    const told = noticeOf[c.req.query("done") ?? ""];
    const notice = told && { tone: "success" as const, text: told };
    const chrome = { ...chromeOf(c), ...(notice && { notice }) };
    return sendPage(c, myPaymentPage(await viewOf(own), c.var.visit.lang, chrome));
  });

  routes.get(`${paymentPaths.mine}/:entitlement/account`, async (c) => {
    const own = await ownPayment(c);
    if (own instanceof Response) return own;
    return mayChoose(own) ? sendAccount(c, own, { institution: "", branch: "", account: "" }) : goTo(c, own.here);
  });

  routes.post(`${paymentPaths.mine}/:entitlement/account`, async (c) => {
    const own = await ownPayment(c);
    if (own instanceof Response) return own;
    const form = ownForm(own.session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" }, { ways: [back] });
    const { session, newest, here, state } = own;
    // The second click finds what the first one made.
    if (form["attempt"] !== newest.id && newest.approvedBy === session.person.id)
      return goTo(c, `${here}?done=account`);
    if (!mayChoose(own) || form["attempt"] !== newest.id)
      return sendRefusal(context, c, { code: "not-reroutable" }, { ways: [{ text: back.text, href: here }] });
    const typed: AccountForm = {
      institution: (form["institution"] ?? "").trim(),
      branch: (form["branch"] ?? "").trim(),
      account: (form["account"] ?? "").replaceAll(/[\s-]/g, ""),
    };
    const errors = flawsOf(typed);
    if (errors.length > 0) return sendAccount(c, own, typed, { errors });
    const account = { institution: typed.institution + typed.branch, number: typed.account };
    const forSelf = state.principal.person === session.person.id;
    const insists = forSelf && (form["anyway"] === "unknown" || form["anyway"] === "name-differs");
    if (!insists) {
      const asked = await ask(own, account);
      if (!asked.ok) {
        const field = fieldOf[asked.error.code];
        const limit = both(
          "今天已經問了太多次，請明天再試，或請承辦機關幫忙。",
          "The bank was asked too often today. Try again tomorrow, or ask the agency.",
        );
        const text = field ? flawText(field) : limit;
        return sendAccount(c, own, typed, { errors: [{ field: field ?? "account", text }] });
      }
      const { verdict } = asked.value;
      const suggest = verdict.result === "branch-wrong" ? verdict.suggest : undefined;
      const better = suggest ? { ...typed, institution: suggest.slice(0, 3), branch: suggest.slice(3) } : typed;
      if (!mayGoOn(verdict) || (verdict.result !== "match" && !forSelf)) {
        const field = verdict.result === "branch-wrong" ? "branch" : "account";
        return sendAccount(c, own, better, { errors: [{ field, text: verdictText(verdict) }] });
      }
      if (verdict.result !== "match") return sendAccount(c, own, typed, { verdict });
    }
    const done = await reroutePayment(payments, {
      entitlementId: own.trace.entitlement.id,
      instructionId: newest.id,
      account,
      approvedBy: session.person.id,
    });
    if (done.ok) return goTo(c, `${here}?done=account`);
    const field = fieldOf[done.error.code];
    return field
      ? sendAccount(c, own, typed, { errors: [{ field, text: flawText(field) }] })
      : sendRefusal(context, c, done.error, { ways: [{ text: back.text, href: here }] });
  });

  routes.get(`${paymentPaths.mine}/:entitlement/cheque`, async (c) => {
    const own = await ownPayment(c);
    if (own instanceof Response) return own;
    return mayChoose(own) ? sendCheque(c, own, { postal: "", address: "" }, []) : goTo(c, own.here);
  });

  routes.post(`${paymentPaths.mine}/:entitlement/cheque`, async (c) => {
    const own = await ownPayment(c);
    if (own instanceof Response) return own;
    const form = ownForm(own.session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" }, { ways: [back] });
    const { session, newest, here } = own;
    if (form["attempt"] !== newest.id && newest.approvedBy === session.person.id) return goTo(c, `${here}?done=cheque`);
    if (!mayChoose(own) || form["attempt"] !== newest.id)
      return sendRefusal(context, c, { code: "not-reroutable" }, { ways: [{ text: back.text, href: here }] });
    const typed = { postal: (form["postal"] ?? "").trim(), address: (form["address"] ?? "").trim() };
    const lines = addressLines(typed.address);
    const errors: FieldError[] = [
      ...(/^(\d{3}|\d{5}|\d{6})$/.test(typed.postal)
        ? []
        : [{ field: "postal", text: both("請填 3、5 或 6 碼郵遞區號。", "Give the postal code: 3, 5 or 6 digits.") }]),
      ...(lines.length >= 1 && lines.length <= 3
        ? []
        : [{ field: "address", text: both("請填地址，最多三行。", "Give the address, three lines at most.") }]),
    ];
    if (errors.length > 0) return sendCheque(c, own, typed, errors);
    const done = await rerouteToCheque(payments, {
      entitlementId: own.trace.entitlement.id,
      instructionId: newest.id,
      address: { postalCode: typed.postal, lines },
      approvedBy: session.person.id,
    });
    return done.ok
      ? goTo(c, `${here}?done=cheque`)
      : sendRefusal(context, c, done.error, { ways: [{ text: back.text, href: here }] });
  });

  function sendCheque(
    c: C,
    { newest, here }: Own,
    form: { readonly postal: string; readonly address: string },
    errors: readonly FieldError[],
  ) {
    const view = { action: `${here}/cheque`, backHref: here, form, attempt: newest.id, errors };
    return sendPage(
      c,
      chequePage(view, c.var.visit.lang, chromeOf(c, `${here}/cheque`)),
      errors.length > 0 ? 422 : 200,
    );
  }

  /** Asks the bank for the payee; a representative may give an account of their own, which is asked about next. */
  async function ask({ session, state }: Own, account: { institution: string; number: string }) {
    const owners = portal.owners ?? { ask: async (): Promise<OwnerVerdict> => ({ result: "unknown" }) };
    const holders = [state.principal, ...(session.person.id === state.principal.person ? [] : [state.applicant])];
    let answer: Awaited<ReturnType<typeof checkOwner>> | undefined;
    for (const holder of holders) {
      answer = await checkOwner(payments, owners, {
        person: session.person.id,
        account,
        holderNumber: await nationalIdOf(portal.identity, holder.person),
        holderName: holder.name,
      });
      const anothers = answer.ok && ["number-differs", "name-differs"].includes(answer.value.verdict.result);
      if (!anothers) break;
    }
    return answer!;
  }

  async function ownPayment(c: C): Promise<Own | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("entitlement") ?? "";
    const payment = isUuid(id) ? await paymentById(payments, id) : undefined;
    const opened = payment && (await caseOf(portal, payment.caseRef));
    const concerned =
      opened && [opened.state.applicant.person, opened.state.principal.person].includes(session.person.id);
    const trace = concerned ? await tracePayment(payments, payment.instructionId) : undefined;
    if (!opened || !trace) return sendRefusal(context, c, { code: "entitlement-unknown" }, { ways: [back] });
    return { session, trace, newest: trace.attempts.at(-1)!, here: `${paymentPaths.mine}/${id}`, ...opened };
  }

  async function viewOf({ state, definition, trace, newest, here }: Own): Promise<MyPaymentView> {
    const status = publicStatus(newest.state, reasonOf(newest));
    const chooses = mayChoose({ newest });
    return {
      number: trace.entitlement.caseRef,
      service: definition.metadata.title,
      amount: newest.amount,
      account: `${newest.institution} ${newest.accountMasked}`,
      status,
      now: nowWords(trace, status.state),
      course: courseOf(trace),
      caseHref: `/applications/${state.id}`,
      ...(chooses && { chooseHref: `${here}/account`, chequeHref: `${here}/cheque` }),
      askedBack: await askedBackOf(trace, definition.remedies),
      currency,
    };
  }

  async function askedBackOf(trace: PaymentTrace, objection: AskedBack["objection"]): Promise<AskedBack[]> {
    const { institution, number } = payments.payer.account;
    return (await recoveriesOf(payments, trace.entitlement.id))
      .filter(({ left }) => left > 0n)
      .map(({ amount, left, reason, legalBasis, dueOn, reference, plan }) => ({
        amount,
        left,
        reason,
        legalBasis,
        reference,
        objection,
        due: startOfDay(country, dueOn),
        payTo: `${institution}-${number}`,
        plan: plan.map((part) => ({
          due: startOfDay(country, part.dueOn),
          amount: part.amount,
          state: planWords[part.state],
        })),
      }));
  }

  function sendAccount(
    c: C,
    { newest, here, state }: Own,
    form: AccountForm,
    o: { readonly errors?: readonly FieldError[]; readonly verdict?: OwnerVerdict } = {},
  ) {
    const view = {
      action: `${here}/account`,
      backHref: here,
      holder: state.principal.name,
      form,
      attempt: newest.id,
      ...o,
      institutions: country.institutions,
    };
    const chrome = chromeOf(c, `${here}/account`);
    return sendPage(c, anotherAccountPage(view, c.var.visit.lang, chrome), o.errors ? 422 : 200);
  }

  return routes;
}

const noticeOf: Readonly<Record<string, Text>> = {
  account: both(
    "已改用新的帳戶。承辦人放行後就會送銀行。",
    "The new account is used. It goes to the bank once an officer has released it.",
  ),
  cheque: both("已改寄支票。承辦人放行後就會寄出。", "A cheque is sent instead, once an officer has released it."),
};

const planWords = {
  paid: both("已還", "paid"),
  due: both("未到期", "not due yet"),
  overdue: both("逾期", "overdue"),
};

function reasonOf({ events }: TracedAttempt): string | undefined {
  return events.findLast(({ to }) => to === "rejected" || to === "returned")?.detail["reason"];
}

/** Whether the payee can name another account now: the money is surely not with them, and the cause is theirs. */
function mayChoose({ newest }: { readonly newest: TracedAttempt }): boolean {
  if (newest.contradicted) return false;
  if (newest.state === "waiting-for-person") return reasonClass(reasonOf(newest)) !== "stop-heirs";
  return (newest.state === "rejected" || newest.state === "returned") && theirs.has(reasonClass(reasonOf(newest)));
}

function flawsOf({ institution, branch, account }: AccountForm): FieldError[] {
  return [
    ...(/^\d{3}$/.test(institution) ? [] : [{ field: "institution", text: flawText("institution") }]),
    ...(/^\d{4}$/.test(branch) ? [] : [{ field: "branch", text: flawText("branch") }]),
    ...(/^\d{1,14}$/.test(account) ? [] : [{ field: "account", text: flawText("account") }]),
  ];
}

function flawText(field: string) {
  const texts: Readonly<Record<string, ReturnType<typeof both<string>>>> = {
    institution: both("請從清單選擇您的銀行或郵局。", "Choose your bank or post office from the list."),
    branch: both(
      "請對照存摺，填目前使用的 4 碼分行代碼。",
      "Give the 4 digits of the branch as it is called today; they stand in the passbook.",
    ),
    account: both("請只填數字，最多 14 碼。", "Digits only, 14 at most."),
  };
  return texts[field] ?? both("請再看一次。", "Look at this again.");
}
