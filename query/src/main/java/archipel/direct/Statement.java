package archipel.direct;

import java.util.List;

/** A statement of a function. */
sealed interface Statement {
    /** How a statement ended. */
    enum Completion {
        NORMAL,
        BREAK,
        CONTINUE,
        RETURN
    }

    Completion run(Frame frame);

    static Completion run(List<Statement> statements, Frame frame) {
        for (Statement statement : statements) {
            frame.step(1);
            Completion completion = statement.run(frame);
            if (completion != Completion.NORMAL) {
                return completion;
            }
        }
        return Completion.NORMAL;
    }

    record Block(List<Statement> statements) implements Statement {
        @Override
        public Completion run(Frame frame) {
            return Statement.run(statements, frame);
        }
    }

    record Evaluation(Expression expression) implements Statement {
        @Override
        public Completion run(Frame frame) {
            expression.value(frame);
            return Completion.NORMAL;
        }
    }

    record If(Expression condition, Statement yes, Statement no) implements Statement {
        @Override
        public Completion run(Frame frame) {
            return Operators.isTrue(condition.value(frame)) ? yes.run(frame) : no.run(frame);
        }
    }

    /** {@code break}, {@code continue} or {@code return}. */
    record Jump(Completion completion) implements Statement {
        @Override
        public Completion run(Frame frame) {
            return completion;
        }
    }

    /** {@code return value}, whose value nobody gets. */
    record Return(Expression ignored) implements Statement {
        @Override
        public Completion run(Frame frame) {
            ignored.value(frame);
            return Completion.RETURN;
        }
    }

    /** {@code for (first; condition; next)}, or {@code while (condition)}. */
    record Loop(Statement first, Expression condition, Statement next, Statement body) implements Statement {
        @Override
        public Completion run(Frame frame) {
            first.run(frame);
            while (Operators.isTrue(condition.value(frame))) {
                frame.step(1);
                Completion completion = body.run(frame);
                if (completion == Completion.RETURN) {
                    return completion;
                }
                if (completion == Completion.BREAK) {
                    break;
                }
                next.run(frame);
            }
            return Completion.NORMAL;
        }
    }

    /** {@code for (variable in object)}, or {@code of}. */
    record Each(int variable, boolean names, Expression object, Statement body) implements Statement {
        @Override
        public Completion run(Frame frame) {
            Object walked = object.value(frame);
            if (names && walked instanceof Nothing) {
                return Completion.NORMAL;
            }
            List<?> each = names ? Operators.names(walked) : Operators.elements(walked);
            frame.step(each.size());
            for (Object one : each) {
                frame.set(variable, one);
                Completion completion = body.run(frame);
                if (completion == Completion.RETURN) {
                    return completion;
                }
                if (completion == Completion.BREAK) {
                    break;
                }
            }
            return Completion.NORMAL;
        }
    }

    record Switch(Expression value, List<Case> cases) implements Statement {
        @Override
        public Completion run(Frame frame) {
            Object chosen = value.value(frame);
            int from = -1;
            for (int i = 0; i < cases.size() && from < 0; i++) {
                Expression label = cases.get(i).label();
                if (!cases.get(i).otherwise() && Operators.areIdentical(chosen, label.value(frame))) {
                    from = i;
                }
            }
            for (int i = 0; i < cases.size() && from < 0; i++) {
                from = cases.get(i).otherwise() ? i : -1;
            }
            for (int i = from; i >= 0 && i < cases.size(); i++) {
                Completion completion = Statement.run(cases.get(i).statements(), frame);
                if (completion == Completion.BREAK) {
                    break;
                }
                if (completion != Completion.NORMAL) {
                    return completion;
                }
            }
            return Completion.NORMAL;
        }
    }

    /**
     * @param otherwise whether it is the {@code default}
     * @param label of no meaning for the default
     */
    record Case(boolean otherwise, Expression label, List<Statement> statements) {}
}
