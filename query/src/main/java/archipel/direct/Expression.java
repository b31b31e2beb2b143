package archipel.direct;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;

/** An expression of a function, which knows how to compute itself. Operands are evaluated from left to right. */
sealed interface Expression {
    /**
     * @throws ScriptErrorException where the function throws
     * @throws NotDirectException where only the engine can tell
     */
    Object value(Frame frame);

    record Literal(Object literal) implements Expression {
        @Override
        public Object value(Frame frame) {
            return literal;
        }
    }

    record Variable(int number) implements Expression {
        @Override
        public Object value(Frame frame) {
            return frame.get(number);
        }
    }

    /** {@code base.name}. */
    record Member(Expression base, String name) implements Expression {
        @Override
        public Object value(Frame frame) {
            return Operators.property(base.value(frame), name);
        }
    }

    /** {@code base[name]}. */
    record Element(Expression base, Expression name) implements Expression {
        @Override
        public Object value(Frame frame) {
            Object object = base.value(frame);
            Object key = name.value(frame);
            if (object instanceof ArrayNode array && key instanceof Double number) {
                int index = number.intValue();
                if (index == number && index >= 0 && index < array.size()) {
                    return Operators.of(array.get(index));
                }
            }
            return Operators.property(object, Operators.text(key));
        }
    }

    record ArrayOf(List<Expression> elements) implements Expression {
        @Override
        public Object value(Frame frame) {
            frame.step(elements.size());
            List<Object> values = new ArrayList<>(elements.size());
            for (Expression element : elements) {
                values.add(element.value(frame));
            }
            return new ArrayLiteral(values);
        }
    }

    record ObjectOf(List<String> names, List<Expression> members) implements Expression {
        @Override
        public Object value(Frame frame) {
            frame.step(names.size());
            Map<String, Object> values = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                values.put(names.get(i), members.get(i).value(frame));
            }
            return new ObjectLiteral(values);
        }
    }

    record Not(Expression operand) implements Expression {
        @Override
        public Object value(Frame frame) {
            return !Operators.isTrue(operand.value(frame));
        }
    }

    record Negated(Expression operand) implements Expression {
        @Override
        public Object value(Frame frame) {
            return -Operators.number(operand.value(frame));
        }
    }

    /** {@code +operand}. */
    record NumberOf(Expression operand) implements Expression {
        @Override
        public Object value(Frame frame) {
            return Operators.number(operand.value(frame));
        }
    }

    record TypeOf(Expression operand) implements Expression {
        @Override
        public Object value(Frame frame) {
            return Operators.type(operand.value(frame));
        }
    }

    /** {@code &&}. */
    record And(Expression left, Expression right) implements Expression {
        @Override
        public Object value(Frame frame) {
            Object first = left.value(frame);
            return Operators.isTrue(first) ? right.value(frame) : first;
        }
    }

    /** {@code ||}. */
    record Or(Expression left, Expression right) implements Expression {
        @Override
        public Object value(Frame frame) {
            Object first = left.value(frame);
            return Operators.isTrue(first) ? first : right.value(frame);
        }
    }

    record Conditional(Expression condition, Expression yes, Expression no) implements Expression {
        @Override
        public Object value(Frame frame) {
            return Operators.isTrue(condition.value(frame)) ? yes.value(frame) : no.value(frame);
        }
    }

    /** An operator whose operands are both evaluated. */
    record Binary(Operator operator, Expression left, Expression right) implements Expression {
        enum Operator {
            PLUS,
            MINUS,
            TIMES,
            DIVIDED,
            REMAINDER,
            IDENTICAL,
            NOT_IDENTICAL,
            EQUAL,
            NOT_EQUAL,
            LESS,
            GREATER,
            LESS_OR_EQUAL,
            GREATER_OR_EQUAL,
            IN
        }

        @Override
        public Object value(Frame frame) {
            return of(operator, left.value(frame), right.value(frame), frame);
        }

        static Object of(Operator operator, Object one, Object other, Frame frame) {
            return switch (operator) {
                case PLUS -> Operators.plus(one, other, frame);
                case MINUS -> Operators.number(one) - Operators.number(other);
                case TIMES -> Operators.number(one) * Operators.number(other);
                case DIVIDED -> Operators.divide(Operators.number(one), Operators.number(other));
                case REMAINDER -> Operators.number(one) % Operators.number(other);
                case IDENTICAL -> Operators.areIdentical(one, other);
                case NOT_IDENTICAL -> !Operators.areIdentical(one, other);
                case EQUAL -> Operators.areEqual(one, other);
                case NOT_EQUAL -> !Operators.areEqual(one, other);
                case LESS, GREATER, LESS_OR_EQUAL, GREATER_OR_EQUAL -> isOrdered(operator, one, other, frame);
                case IN -> isIn(one, other);
            };
        }

        private static boolean isOrdered(Operator operator, Object one, Object other, Frame frame) {
            if (one instanceof String && other instanceof String) {
                int order = Operators.compare(one, other, frame);
                return switch (operator) {
                    case LESS -> order < 0;
                    case GREATER -> order > 0;
                    case LESS_OR_EQUAL -> order <= 0;
                    default -> order >= 0;
                };
            }
            double a = Operators.number(one);
            double b = Operators.number(other);
            return switch (operator) {
                case LESS -> a < b;
                case GREATER -> a > b;
                case LESS_OR_EQUAL -> a <= b;
                default -> a >= b;
            };
        }

        private static boolean isIn(Object name, Object object) {
            String text = Operators.text(name);
            if (Operators.has(object, text)) {
                return true;
            }
            if (Operators.INHERITED.contains(text)) {
                throw new NotDirectException("what objects inherit");
            }
            return false;
        }
    }

    /** {@code variable = value}. */
    record Assignment(int variable, Expression assigned) implements Expression {
        @Override
        public Object value(Frame frame) {
            Object made = assigned.value(frame);
            frame.set(variable, made);
            return made;
        }
    }

    /** {@code variable++} and its like. @param before whether its value is that before */
    record Step(int variable, int by, boolean before) implements Expression {
        @Override
        public Object value(Frame frame) {
            double old = Operators.number(frame.get(variable));
            frame.set(variable, old + by);
            return before ? old : old + by;
        }
    }

    record Emit(Expression key, Expression emitted, List<Expression> ignored) implements Expression {
        @Override
        public Object value(Frame frame) {
            Object first = key.value(frame);
            Object second = emitted.value(frame);
            for (Expression argument : ignored) {
                argument.value(frame);
            }
            frame.emit(first, second);
            return Nothing.UNDEFINED;
        }
    }

    record IsArray(Expression operand) implements Expression {
        @Override
        public Object value(Frame frame) {
            return Operators.isArray(operand.value(frame));
        }
    }

    /** {@code Object.keys(operand)}. */
    record Keys(Expression operand) implements Expression {
        @Override
        public Object value(Frame frame) {
            List<String> names = Operators.names(operand.value(frame));
            frame.step(names.size());
            if (names.contains("length")) {
                // The sandbox takes it for a list, and bounds these.
                throw new NotDirectException("an object with a length");
            }
            return new ArrayLiteral(List.copyOf(names));
        }
    }

    /**
     * {@code array.forEach(function (element, index) {…})}.
     *
     * @param parameters variables that get the element and its index; as many as the function has
     * @param firstLocal the first of the variables that are the inner function's own
     * @param endLocal the one after the last of them
     */
    record ForEach(Expression base, List<Integer> parameters, int firstLocal, int endLocal, List<Statement> body)
            implements Expression {
        @Override
        public Object value(Frame frame) {
            Object array = base.value(frame);
            if (array instanceof Nothing) {
                throw ScriptErrorException.noProperty(array, "forEach");
            }
            int at = 0;
            for (Object element : Operators.elements(array)) {
                frame.step(1 + endLocal - firstLocal);
                for (int local = firstLocal; local < endLocal; local++) {
                    frame.set(local, Nothing.UNDEFINED);
                }
                if (!parameters.isEmpty()) {
                    frame.set(parameters.getFirst(), element);
                }
                if (parameters.size() > 1) {
                    frame.set(parameters.getLast(), (double) at);
                }
                at++;
                Statement.run(body, frame);
            }
            return Nothing.UNDEFINED;
        }
    }

    /** A call of a method of strings, or of {@code hasOwnProperty}. */
    record Call(Expression base, Method method, List<Expression> arguments) implements Expression {
        @Override
        public Object value(Frame frame) {
            Object object = base.value(frame);
            if (object instanceof Nothing) {
                throw ScriptErrorException.noProperty(object, method.text());
            }
            List<Object> values = new ArrayList<>(arguments.size());
            for (Expression argument : arguments) {
                values.add(argument.value(frame));
            }
            return method.call(object, values, frame);
        }
    }
}
