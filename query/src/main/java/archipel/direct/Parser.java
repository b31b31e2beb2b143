package archipel.direct;

import archipel.direct.Expression.Binary.Operator;
import archipel.direct.Scope.Kind;
import archipel.direct.Scope.Variable;
import archipel.direct.Statement.Completion;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses a function in the part of ECMAScript that is known here. Whatever it takes, an engine takes too, and it means
 * the same; where it is not sure of that it gives up.
 */
final class Parser {
    private static final int MOST_DEPTH = 100;
    private static final Statement NOTHING = new Statement.Block(List.of());
    private static final Expression UNDEFINED = new Expression.Literal(Nothing.UNDEFINED);

    private static final Map<String, Operator> EQUALITY = Map.of(
            "===", Operator.IDENTICAL, "!==", Operator.NOT_IDENTICAL, "==", Operator.EQUAL, "!=", Operator.NOT_EQUAL);
    private static final Map<String, Operator> RELATIONAL = Map.of(
            "<", Operator.LESS, ">", Operator.GREATER, "<=", Operator.LESS_OR_EQUAL, ">=", Operator.GREATER_OR_EQUAL);
    private static final Map<String, Operator> ADDITIVE = Map.of("+", Operator.PLUS, "-", Operator.MINUS);
    private static final Map<String, Operator> MULTIPLICATIVE =
            Map.of("*", Operator.TIMES, "/", Operator.DIVIDED, "%", Operator.REMAINDER);
    private static final Map<String, Operator> ASSIGNMENT =
            Map.of("+=", Operator.PLUS, "-=", Operator.MINUS, "*=", Operator.TIMES, "/=", Operator.DIVIDED);

    private final List<Token> tokens;
    private int at;
    private int depth;
    private int variables;
    private Scope scope = new Scope(null, true);
    private int loops;
    private int breakables;
    private int document = -1;
    private boolean whole;
    private final Set<String> members = new LinkedHashSet<>();

    private Parser(List<Token> tokens) {
        this.tokens = tokens;
    }

    /**
     * A function.
     *
     * @param variables how many there are
     * @param document the variable that is its document; below zero for none
     * @param members those of the document that it can see; null where that may be all
     */
    record Parsed(
            List<Statement> body,
            int variables,
            int document,
            @Nullable Set<String> members) {}

    /** @throws NotDirectException where it is none of the functions that are known here */
    static Parsed parse(String source) {
        Parser parser = new Parser(Lexer.tokens(source));
        List<Statement> body = parser.program();
        return new Parsed(body, parser.variables, parser.document, parser.whole ? null : Set.copyOf(parser.members));
    }

    // The function.

    private List<Statement> program() {
        boolean closed = false;
        if (peek().is("(") && peek(1).isWord("function")) {
            closed = true;
            at++;
        }
        List<Statement> body;
        if (take("function")) {
            if (peek().kind() == Token.Kind.NAME) {
                // Nothing refers to it: what is not declared is not known.
                Scope.requireFree(next().text());
            }
            expect("(");
            parameter(")");
            body = functionBody();
        } else {
            body = arrow();
        }
        if (closed) {
            expect(")");
        }
        while (take(";")) {
            // They mean nothing.
        }
        require(peek().kind() == Token.Kind.END);
        return body;
    }

    private void parameter(String close) {
        if (!take(close)) {
            document = declare(next(), Kind.PARAMETER).number();
            expect(close);
        }
    }

    private List<Statement> arrow() {
        if (take("(")) {
            parameter(")");
        } else {
            document = declare(next(), Kind.PARAMETER).number();
        }
        require(peek().is("=>") && !peek().afterLineEnd());
        at++;
        return arrowBody();
    }

    private List<Statement> arrowBody() {
        return peek().is("{") ? functionBody() : List.of(new Statement.Evaluation(expression()));
    }

    private List<Statement> functionBody() {
        expect("{");
        int outerLoops = loops;
        int outerBreakables = breakables;
        loops = 0;
        breakables = 0;
        if (peek().kind() == Token.Kind.STRING) {
            // Strict mode, which changes nothing here.
            require(next().text().equals("use strict"));
            semicolon();
        }
        List<Statement> body = statements("}");
        loops = outerLoops;
        breakables = outerBreakables;
        return body;
    }

    // Statements.

    private List<Statement> statements(String close) {
        List<Statement> statements = new ArrayList<>();
        while (!take(close)) {
            statements.add(peek().isWord("let") || peek().isWord("const") ? declaration(true) : statement());
        }
        return List.copyOf(statements);
    }

    private Statement statement() {
        deeper();
        Statement statement = plainStatement();
        depth--;
        return statement;
    }

    private Statement plainStatement() {
        if (take("{")) {
            scope = new Scope(scope, false);
            Statement block = new Statement.Block(statements("}"));
            scope = scope.outer();
            return block;
        }
        if (take(";")) {
            return NOTHING;
        }
        if (peek().kind() == Token.Kind.NAME) {
            switch (peek().text()) {
                case "var" -> {
                    return declaration(true);
                }
                case "if" -> {
                    return condition();
                }
                case "for" -> {
                    return loop();
                }
                case "while" -> {
                    at++;
                    Expression condition = inParentheses();
                    return new Statement.Loop(NOTHING, condition, NOTHING, loopBody());
                }
                case "switch" -> {
                    return choice();
                }
                case "return", "break", "continue" -> {
                    return jump();
                }
                default -> {
                    // An expression.
                }
            }
        }
        require(peek().kind() == Token.Kind.NAME || peek().is("(") || peek().is("++") || peek().is("--"));
        Statement evaluation = new Statement.Evaluation(expression());
        semicolon();
        return evaluation;
    }

    private Statement declaration(boolean ends) {
        Kind kind = Kind.valueOf(next().text().toUpperCase(Locale.ROOT));
        List<Statement> made = new ArrayList<>();
        do {
            Token name = next();
            require(name.kind() == Token.Kind.NAME);
            if (take("=")) {
                // The name is not known before: its value cannot refer to it.
                Expression value = expression();
                made.add(assign(declare(name, kind).number(), value));
            } else {
                require(kind != Kind.CONST);
                int number = declare(name, kind).number();
                if (kind == Kind.LET) {
                    made.add(assign(number, UNDEFINED));
                }
            }
        } while (take(","));
        if (ends) {
            semicolon();
        }
        return made.size() == 1 ? made.getFirst() : new Statement.Block(List.copyOf(made));
    }

    private static Statement assign(int variable, Expression value) {
        return new Statement.Evaluation(new Expression.Assignment(variable, value));
    }

    private Statement condition() {
        at++;
        Expression condition = inParentheses();
        Statement yes = statement();
        return new Statement.If(condition, yes, take("else") ? statement() : NOTHING);
    }

    private Statement loop() {
        at++;
        expect("(");
        scope = new Scope(scope, false);
        Statement made = loopHead();
        scope = scope.outer();
        return made;
    }

    private Statement loopHead() {
        boolean declares = peek().isWord("var") || peek().isWord("let") || peek().isWord("const");
        Token word = peek(declares ? 2 : 1);
        if (word.isWord("in") || word.isWord("of")) {
            Kind kind = declares ? Kind.valueOf(next().text().toUpperCase(Locale.ROOT)) : null;
            Token name = next();
            at++;
            Expression walked = expression();
            int variable = kind == null ? assigned(name) : declare(name, kind).number();
            expect(")");
            return new Statement.Each(variable, word.isWord("in"), walked, loopBody());
        }
        Statement first = NOTHING;
        if (declares) {
            first = declaration(false);
        } else if (!peek().is(";")) {
            first = new Statement.Evaluation(expression());
        }
        expect(";");
        Expression condition = peek().is(";") ? new Expression.Literal(true) : expression();
        expect(";");
        Statement next = peek().is(")") ? NOTHING : new Statement.Evaluation(expression());
        expect(")");
        return new Statement.Loop(first, condition, next, loopBody());
    }

    private Statement loopBody() {
        loops++;
        breakables++;
        Statement body = statement();
        loops--;
        breakables--;
        return body;
    }

    private Statement choice() {
        at++;
        Expression value = inParentheses();
        expect("{");
        scope = new Scope(scope, false);
        breakables++;
        List<Statement.Case> cases = new ArrayList<>();
        boolean otherwise = false;
        while (!take("}")) {
            boolean last = take("default");
            require(last ? !otherwise : take("case"));
            otherwise |= last;
            Expression label = last ? UNDEFINED : expression();
            expect(":");
            List<Statement> statements = new ArrayList<>();
            while (!peek().isWord("case") && !peek().isWord("default") && !peek().is("}")) {
                // What one case declares another could see.
                require(!peek().isWord("let") && !peek().isWord("const"));
                statements.add(statement());
            }
            cases.add(new Statement.Case(last, label, List.copyOf(statements)));
        }
        breakables--;
        scope = scope.outer();
        return new Statement.Switch(value, List.copyOf(cases));
    }

    private Statement jump() {
        String word = next().text();
        boolean alone = peek().is(";") || peek().is("}") || peek().kind() == Token.Kind.END || peek().afterLineEnd();
        if (word.equals("return") && !alone) {
            Statement made = new Statement.Return(expression());
            semicolon();
            return made;
        }
        semicolon();
        return new Statement.Jump(
                switch (word) {
                    case "return" -> Completion.RETURN;
                    case "break" -> {
                        require(breakables > 0);
                        yield Completion.BREAK;
                    }
                    default -> {
                        require(loops > 0);
                        yield Completion.CONTINUE;
                    }
                });
    }

    private void semicolon() {
        if (!take(";")) {
            require(peek().is("}") || peek().kind() == Token.Kind.END || peek().afterLineEnd());
        }
    }

    private Expression inParentheses() {
        expect("(");
        Expression inner = expression();
        expect(")");
        return inner;
    }

    // Expressions, from what binds least to what binds most.

    private Expression expression() {
        deeper();
        Expression made;
        if (peek().kind() == Token.Kind.NAME && peek(1).is("=")) {
            int variable = assigned(next());
            at++;
            made = new Expression.Assignment(variable, expression());
        } else if (peek().kind() == Token.Kind.NAME && ASSIGNMENT.containsKey(peek(1).text()) && isPunctuator(1)) {
            int variable = assigned(next());
            Operator operator = Objects.requireNonNull(ASSIGNMENT.get(next().text()));
            Expression old = new Expression.Variable(variable);
            made = new Expression.Assignment(variable, new Expression.Binary(operator, old, expression()));
        } else {
            made = or();
            if (take("?")) {
                Expression yes = expression();
                expect(":");
                made = new Expression.Conditional(made, yes, expression());
            }
        }
        depth--;
        return made;
    }

    private boolean isPunctuator(int offset) {
        return peek(offset).kind() == Token.Kind.PUNCTUATOR;
    }

    private Expression or() {
        Expression left = and();
        while (take("||")) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = equality();
        while (take("&&")) {
            left = new Expression.And(left, equality());
        }
        return left;
    }

    private Expression equality() {
        Expression left = relational();
        for (Operator operator = operator(EQUALITY); operator != null; operator = operator(EQUALITY)) {
            left = new Expression.Binary(operator, left, relational());
        }
        return left;
    }

    private Expression relational() {
        Expression left = additive();
        while (true) {
            Operator operator = take("in") ? Operator.IN : operator(RELATIONAL);
            if (operator == null) {
                return left;
            }
            left = new Expression.Binary(operator, left, additive());
        }
    }

    private Expression additive() {
        Expression left = multiplicative();
        for (Operator operator = operator(ADDITIVE); operator != null; operator = operator(ADDITIVE)) {
            left = new Expression.Binary(operator, left, multiplicative());
        }
        return left;
    }

    private Expression multiplicative() {
        Expression left = unary();
        for (Operator operator = operator(MULTIPLICATIVE); operator != null; operator = operator(MULTIPLICATIVE)) {
            left = new Expression.Binary(operator, left, unary());
        }
        return left;
    }

    /** Null where the next token is none of them. */
    private @Nullable Operator operator(Map<String, Operator> operators) {
        Operator operator = isPunctuator(0) ? operators.get(peek().text()) : null;
        at += operator == null ? 0 : 1;
        return operator;
    }

    private Expression unary() {
        deeper();
        Expression made;
        if (take("!")) {
            made = new Expression.Not(unary());
        } else if (take("-")) {
            made = new Expression.Negated(unary());
        } else if (take("+")) {
            made = new Expression.NumberOf(unary());
        } else if (take("typeof")) {
            made = new Expression.TypeOf(unary());
        } else if (peek().is("++") || peek().is("--")) {
            int by = next().is("++") ? 1 : -1;
            made = new Expression.Step(assigned(next()), by, false);
        } else if (peek().kind() == Token.Kind.NAME
                && (peek(1).is("++") || peek(1).is("--"))
                && !peek(1).afterLineEnd()) {
            int variable = assigned(next());
            made = new Expression.Step(variable, next().is("++") ? 1 : -1, true);
        } else {
            made = postfix();
        }
        depth--;
        return made;
    }

    private Expression postfix() {
        if (peek().kind() == Token.Kind.NAME) {
            Variable variable = scope.find(peek().text());
            if (variable != null && variable.number() == document) {
                return chain(ofDocument(variable));
            }
        }
        return chain(primary());
    }

    /** The document, or a member of it: which ones the function sees is known unless it does something else with it. */
    private Expression ofDocument(Variable variable) {
        at++;
        Expression base = new Expression.Variable(variable.number());
        if (peek().is(".") && !peek(2).is("(")) {
            at++;
            String name = name(next());
            members.add(name);
            return new Expression.Member(base, name);
        }
        if (peek().is("[") && peek(1).kind() == Token.Kind.STRING && peek(2).is("]")) {
            String name = peek(1).text();
            at += 3;
            require(!peek().is("("));
            members.add(name);
            return new Expression.Member(base, name);
        }
        whole = true;
        return base;
    }

    private Expression chain(Expression first) {
        Expression base = first;
        for (int links = 0; links < MOST_DEPTH; links++) {
            if (take(".")) {
                String name = name(next());
                base = take("(") ? call(base, name) : new Expression.Member(base, name);
            } else if (take("[")) {
                Expression name = expression();
                expect("]");
                base = new Expression.Element(base, name);
            } else {
                require(!peek().is("("));
                return base;
            }
        }
        throw unknown();
    }

    private Expression call(Expression base, String name) {
        if (name.equals("forEach")) {
            return forEach(base);
        }
        Method method = Method.named(name);
        require(method != null);
        return new Expression.Call(base, Objects.requireNonNull(method), arguments());
    }

    private Expression forEach(Expression base) {
        int from = variables;
        scope = new Scope(scope, true);
        List<Integer> parameters = new ArrayList<>();
        List<Statement> body;
        if (take("function")) {
            expect("(");
            parameters(parameters);
            body = functionBody();
        } else {
            if (take("(")) {
                parameters(parameters);
            } else {
                parameters.add(declare(next(), Kind.PARAMETER).number());
            }
            require(peek().is("=>") && !peek().afterLineEnd());
            at++;
            body = arrowBody();
        }
        scope = scope.outer();
        expect(")");
        return new Expression.ForEach(base, List.copyOf(parameters), from, variables, body);
    }

    private void parameters(List<Integer> numbers) {
        if (take(")")) {
            return;
        }
        do {
            numbers.add(declare(next(), Kind.PARAMETER).number());
        } while (take(","));
        expect(")");
        require(numbers.size() <= 2);
    }

    private List<Expression> arguments() {
        List<Expression> arguments = new ArrayList<>();
        while (!take(")")) {
            arguments.add(expression());
            if (!peek().is(")")) {
                expect(",");
            }
        }
        return arguments;
    }

    private Expression primary() {
        Token token = next();
        return switch (token.kind()) {
            case NUMBER -> new Expression.Literal(token.number());
            case STRING -> new Expression.Literal(token.text());
            case NAME -> named(token);
            case PUNCTUATOR ->
                switch (token.text()) {
                    case "(" -> {
                        Expression inner = expression();
                        expect(")");
                        yield inner;
                    }
                    case "[" -> array();
                    case "{" -> object();
                    default -> throw unknown();
                };
            case END -> throw unknown();
        };
    }

    private Expression named(Token token) {
        Variable variable = scope.find(token.text());
        if (variable != null) {
            return new Expression.Variable(variable.number());
        }
        return switch (token.text()) {
            case "true" -> new Expression.Literal(true);
            case "false" -> new Expression.Literal(false);
            case "null" -> new Expression.Literal(Nothing.NULL);
            case "undefined" -> UNDEFINED;
            case "NaN" -> new Expression.Literal(Double.NaN);
            case "Infinity" -> new Expression.Literal(Double.POSITIVE_INFINITY);
            case "emit" -> {
                expect("(");
                List<Expression> arguments = arguments();
                yield new Expression.Emit(
                        arguments.isEmpty() ? UNDEFINED : arguments.getFirst(),
                        arguments.size() < 2 ? UNDEFINED : arguments.get(1),
                        arguments.size() < 3 ? List.of() : List.copyOf(arguments.subList(2, arguments.size())));
            }
            case "isArray" -> new Expression.IsArray(argument());
            case "Array" -> {
                method("isArray");
                yield new Expression.IsArray(argument());
            }
            case "Object" -> {
                method("keys");
                yield new Expression.Keys(argument());
            }
            default -> throw unknown();
        };
    }

    private void method(String name) {
        expect(".");
        require(next().isWord(name));
    }

    private Expression argument() {
        expect("(");
        List<Expression> arguments = arguments();
        require(arguments.size() == 1);
        return arguments.getFirst();
    }

    private Expression array() {
        List<Expression> elements = new ArrayList<>();
        while (!take("]")) {
            elements.add(expression());
            if (!peek().is("]")) {
                expect(",");
            }
        }
        return new Expression.ArrayOf(List.copyOf(elements));
    }

    private Expression object() {
        List<String> names = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!take("}")) {
            Token name = next();
            require(name.kind() == Token.Kind.NAME || name.kind() == Token.Kind.STRING);
            // What sets a prototype, and what changes how the object is written.
            require(!name.text().equals("__proto__") && !name.text().equals("toJSON"));
            expect(":");
            names.add(name.text());
            values.add(expression());
            if (!peek().is("}")) {
                expect(",");
            }
        }
        return new Expression.ObjectOf(List.copyOf(names), List.copyOf(values));
    }

    // Names.

    private Variable declare(Token name, Kind kind) {
        require(name.kind() == Token.Kind.NAME);
        Variable variable = scope.declare(name.text(), kind, variables);
        variables = Math.max(variables, variable.number() + 1);
        return variable;
    }

    /** The variable of that name, which is about to get another value. */
    private int assigned(Token name) {
        Variable variable = name.kind() == Token.Kind.NAME ? scope.find(name.text()) : null;
        require(variable != null && variable.kind() != Kind.CONST && variable.number() != document);
        return Objects.requireNonNull(variable).number();
    }

    private static String name(Token token) {
        require(token.kind() == Token.Kind.NAME);
        return token.text();
    }

    // Tokens.

    private Token peek() {
        return peek(0);
    }

    private Token peek(int offset) {
        return tokens.get(Math.min(at + offset, tokens.size() - 1));
    }

    private Token next() {
        Token token = peek();
        at++;
        return token;
    }

    private boolean take(String text) {
        if (peek().is(text) || peek().isWord(text)) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(String punctuator) {
        require(next().is(punctuator));
    }

    private void deeper() {
        require(++depth <= MOST_DEPTH);
    }

    private static void require(boolean known) {
        if (!known) {
            throw unknown();
        }
    }

    private static NotDirectException unknown() {
        return new NotDirectException("it is written in more than is known here");
    }
}
