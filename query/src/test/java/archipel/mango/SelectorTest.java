package archipel.mango;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class SelectorTest {
    /** What a user's document may look like; {@code l} leads to arrays, {@code o} to objects. */
    private static final String DOCUMENT = """
        {"_id": "b-id", "_rev": "1-x", "age": 47, "half": 0.5, "big": 123456789012345678901234567890, "float": 47.0,
         "name": "Stephanie", "state": "New Mexico", "manager": true, "nothing": null, "empty": [], "none": {},
         "favorites": ["Lisp", "Python", "C"], "numbers": [1, 2.0, 3], "l": [{"x": 1, "y": 2}, {"x": 3, "y": 4}],
         "mixed": [1, "two", null, [1, 2]], "o": {"p": {"q": 7}, "a.b": 8, "aa": "x", "bb": "y"}, "zero\u200b": 1,
         "matrix": [[1, 2], [3, 4]]}
        """;

    private static JsonNode json(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return JsonTree.parse(bytes, 0, bytes.length, JsonLimits.DEFAULT);
    }

    private static boolean matches(String selector) {
        return Selector.compile(json(selector)).matches(json(DOCUMENT));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # $lt, $lte, $eq, $ne, $gte, $gt: by value, across types, in collation order
        {"age": {"$lt": 48}}                  | true
        {"age": {"$lt": 47}}                  | false
        {"age": {"$lte": 47.0}}               | true
        {"age": {"$lte": 46.999999999999999999999}} | false
        {"age": {"$eq": 4.7e1}}               | true
        {"float": 47                        } | true
        {"age": "47"                        } | false
        {"age": {"$ne": 47}}                  | false
        {"age": {"$ne": "47"}}                | true
        {"age": {"$gte": 47}}                 | true
        {"age": {"$gt": 47}}                  | false
        {"age": {"$gt": 46}}                  | true
        {"big": {"$gt": 123456789012345678901234567889}} | true
        {"big": 123456789012345678901234567891 } | false
        {"half": {"$gt": 0.49999999999999999999999}} | true
        {"nothing": {"$lt": 1}}               | true
        {"age": {"$lt": "a"}}                 | true
        {"name": {"$lt": []}}                 | true
        {"favorites": {"$lt": {}}}            | true
        {"manager": {"$gt": false}}           | true
        {"name": {"$gt": "stephanie"}}        | true
        {"name": {"$lt": "stephanif"}}        | true
        {"name": "Stephan\\u200bie"}          | true
        {"favorites": ["Lisp","Python","C"]}  | true
        {"favorites": ["Lisp"]}               | false
        {"none": {}}                          | true
        {"empty": []}                         | true
        {"empty": {}}                         | false
        # missing fields
        {"twitter": null}                     | false
        {"twitter": {"$ne": 1}}               | false
        {"twitter": {"$lte": null}}           | false
        {"nothing": null}                     | true
        {"nothing": {"$lte": null}}           | true
        {"nothing": {"$and": [{"$lte": "@z"}, {"$ne": null}]}} | false
        {"$not": {"twitter": 1}}              | false
        {"$nor": [{"twitter": 1}]}            | false
        {"twitter": {"$not": {"$regex": "x"}}} | false
        # ids compare by bytes, and are greater than anything that is no string
        {"_id": {"$gt": null}}                | true
        {"_id": {"$gt": {}}}                  | true
        {"_id": {"$gt": "B"}}                 | true
        {"_id": {"$gt": "a"}}                 | true
        {"_id": {"$lt": "Z"}}                 | false
        {"name": {"$lt": "Z"}}                | true
        {"_id": "b-id"}                       | true
        {"_id": "b\\u200b-id"}                | false
        {"_id": {"$in": ["x", "b-id"]}}       | true
        {"_rev": "1-x"}                       | true
        """)
    void compare_values(String selector, boolean expected) {
        assertEquals(expected, matches(selector), selector);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"twitter": {"$exists": false}}       | true
        {"twitter": {"$exists": true}}        | false
        {"nothing": {"$exists": true}}        | true
        {"nothing": {"$exists": false}}       | false
        {"o.p.q": {"$exists": true}}          | true
        {"o.p.r": {"$exists": false}}         | true
        {"age.x": {"$exists": false}}         | false
        {"favorites.9": {"$exists": false}}   | false
        {"$not": {"twitter": {"$exists": true}}} | true
        {"twitter": {"$not": {"$exists": false}}} | false
        {"nothing": {"$type": "null"}}        | true
        {"manager": {"$type": "boolean"}}     | true
        {"half": {"$type": "number"}}         | true
        {"name": {"$type": "string"}}         | true
        {"empty": {"$type": "array"}}         | true
        {"none": {"$type": "object"}}         | true
        {"none": {"$type": "array"}}          | false
        {"age": {"$type": "integer"}}         | false
        {"age": {"$in": [1, 47.0]}}           | true
        {"age": {"$in": []}}                  | false
        {"age": {"$in": ["47"]}}              | false
        {"favorites": {"$in": ["Ruby", "Lisp"]}} | true
        {"favorites": {"$in": ["Ruby"]}}      | false
        {"favorites": {"$in": [["Lisp", "Python", "C"]]}} | false
        {"matrix": {"$in": [[3, 4]]}}         | true
        {"empty": {"$in": [1]}}               | false
        {"age": {"$nin": []}}                 | true
        {"age": {"$nin": [47]}}               | false
        {"age": {"$nin": [48]}}               | true
        {"favorites": {"$nin": ["Lisp"]}}     | false
        {"favorites": {"$nin": ["Ruby"]}}     | true
        {"twitter": {"$nin": [1]}}            | false
        {"favorites": {"$size": 3}}           | true
        {"favorites": {"$size": 2}}           | false
        {"empty": {"$size": 0}}               | true
        {"none": {"$size": 0}}                | false
        {"name": {"$size": 9}}                | false
        {"age": {"$mod": [10, 7]}}            | true
        {"age": {"$mod": [10, 6]}}            | false
        {"age": {"$mod": [-10, 7]}}           | true
        # equal numbers are equal, however they are written
        {"float": {"$mod": [10, 7]}}          | true
        {"float": {"$mod": [1e1, 7.0]}}       | true
        {"age": {"$mod": [10.0, 70e-1]}}      | true
        {"half": {"$mod": [1, 0]}}            | false
        {"favorites": {"$size": 3.0}}         | true
        {"favorites": {"$size": 30e-1}}       | true
        {"float": {"$in": [47e0]}}            | true
        {"numbers": {"$in": [20e-1]}}         | true
        {"numbers": {"$all": [2, 3.0]}}       | true
        {"numbers": [1e0, 2, 3.00]}           | true
        {"numbers": {"$elemMatch": {"$eq": 2}}} | true
        {"float": {"$type": "number"}}        | true
        {"big": {"$mod": [100000, 67890]}}    | true
        {"name": {"$mod": [10, 7]}}           | false
        {"state": {"$regex": "(?i)new.*"}}    | true
        {"state": {"$regex": "exi"}}          | true
        {"state": {"$regex": "^exi"}}         | false
        {"state": {"$regex": "\\\\bMexico$"}} | true
        {"age": {"$regex": "4"}}              | false
        {"state": {"$beginsWith": "New "}}    | true
        {"state": {"$beginsWith": ""}}        | true
        {"state": {"$beginsWith": "new"}}     | false
        {"age": {"$beginsWith": "4"}}         | false
        {"twitter": {"$beginsWith": ""}}      | false
        """)
    void look_atOneValue(String selector, boolean expected) {
        assertEquals(expected, matches(selector), selector);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"favorites": {"$all": ["Python", "Lisp"]}}    | true
        {"favorites": {"$all": ["Python", "Ruby"]}}    | false
        {"favorites": {"$all": []}}                    | false
        {"favorites": {"$all": [["Lisp", "Python", "C"]]}} | true
        {"favorites": {"$all": [["Lisp"]]}}            | false
        {"name": {"$all": ["Stephanie"]}}              | false
        {"numbers": {"$all": [2, 1.0]}}                | true
        {"l": {"$elemMatch": {"x": 1, "y": 2}}}        | true
        {"l": {"$elemMatch": {"x": 1, "y": 4}}}        | false
        {"l": {"$elemMatch": {"x": {"$gte": 3}}}}      | true
        {"numbers": {"$elemMatch": {"$gt": 2}}}        | true
        {"numbers": {"$elemMatch": {"$gt": 1, "$lt": 2}}} | false
        {"numbers": {"$elemMatch": {"$not": {"$in": [1, 2, 3]}}}} | false
        {"l": {"$elemMatch": {"$nor": [{"x": 1}]}}}    | true
        {"l": {"$elemMatch": {"$not": {"z": 1}}}}      | true
        {"l": {"$elemMatch": {"z": {"$exists": false}}}} | true
        {"empty": {"$elemMatch": {"$gt": null}}}       | false
        {"none": {"$elemMatch": {"$gt": null}}}        | false
        {"mixed": {"$elemMatch": {"$elemMatch": {"$eq": 2}}}} | true
        {"l": {"$allMatch": {"x": {"$mod": [2, 1]}, "y": {"$mod": [2, 0]}}}} | true
        {"l": {"$allMatch": {"x": 1}}}                 | false
        {"empty": {"$allMatch": {"x": 1}}}             | false
        {"age": {"$allMatch": {"$gt": 1}}}             | false
        {"o": {"$keyMapMatch": {"$eq": "aa"}}}         | true
        {"o": {"$keyMapMatch": {"$eq": "cc"}}}         | false
        {"o": {"$keyMapMatch": {"$regex": "^b+$"}}}    | true
        {"name": {"$keyMapMatch": {"$eq": "name"}}}    | false
        """)
    void look_insideArraysAndObjects(String selector, boolean expected) {
        assertEquals(expected, matches(selector), selector);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                             | true
        {"age": 47, "name": "Stephanie"}               | true
        {"age": 47, "name": "x"}                       | false
        {"$and": [{"age": 47}, {"manager": true}]}     | true
        {"$and": []}                                   | true
        {"$or": [{"age": 1}, {"manager": true}]}       | true
        {"$or": [{"age": 1}, {"manager": false}]}      | false
        {"$or": []}                                    | true
        {"age": 1, "$or": []}                          | false
        {"$nor": [{"age": 1}, {"manager": false}]}     | true
        {"$nor": [{"age": 1}, {"manager": true}]}      | false
        {"$nor": []}                                   | true
        {"$not": {"age": 47}}                          | false
        {"$not": {"age": 48}}                          | true
        {"$not": {"age": 48, "twitter": 1}}            | true
        {"$not": {"$not": {"age": 47}}}                | true
        {"$not": {"$or": [{"age": 1}, {"age": 2}]}}    | true
        {"$not": {"$and": [{"age": 47}, {"age": 2}]}}  | true
        {"$not": {"$nor": [{"age": 47}]}}              | true
        {"$not": {"favorites": {"$all": ["Ruby"]}}}    | true
        {"$not": {"age": {"$in": [47]}}}               | false
        {"age": {"$not": {"$lt": 47}}}                 | true
        {"age": {"$or": [1, 47]}}                      | true
        {"age": {"$gt": 40, "$lt": 50}}                | true
        {"age": {"$gt": 40, "$lt": 45}}                | false
        {"age": {"$and": [{"$gt": 40}, {"$lt": 50}]}}  | true
        {"$and": [{}]}                                 | false
        # paths
        {"o.p.q": 7}                                   | true
        {"o": {"p": {"q": 7}}}                         | true
        {"o": {"p.q": {"$gt": 6}}}                     | true
        {"o": {"$not": {"p": {"q": 8}}}}               | true
        {"o.a\\\\.b": 8}                               | true
        {"o.a.b": 8}                                   | false
        {"favorites.1": "Python"}                      | true
        {"favorites.01": "Python"}                     | true
        {"favorites.x": "Python"}                      | false
        {"l.1.y": 4}                                   | true
        {"l.x": 1}                                     | false
        {"name.x": 1}                                  | false
        """)
    void combine_conditionsAndPaths(String selector, boolean expected) {
        assertEquals(expected, matches(selector), selector);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        []                             | 400 invalid_selector_json Selector must be a JSON object, not: []
        "ab"                           | 400 invalid_selector_json Selector must be a JSON object, not: <<97,98>>
        null                           | 400 invalid_selector_json Selector must be a JSON object, not: null
        {"$eq": 1}                     | 400 invalid_selector One or more conditions is missing a field name.
        {"": 1}                        | 400 invalid_selector One or more conditions is missing a field name.
        {"a": {"$foo": 1}}             | 400 invalid_operator Invalid operator: $foo
        {"$default": {"$text": "x"}}   | 400 invalid_operator Invalid operator: $default
        {"a": {"$where": 1}}           | 400 not_supported Unsupported operator: $where
        {"$text": "x"}                 | 400 not_supported Unsupported operator: $text
        {"a..b": 1}                    | 400 invalid_field_name Invalid field name: a..b
        {"a.": 1}                      | 400 invalid_field_name Invalid field name: a.
        {".": 1}                       | 400 invalid_field_name Invalid field name: .
        {"$and": {"a": 1}}             | 400 bad_arg Bad argument for operator $and: {[{<<97>>,1}]}
        {"$or": 1.5}                   | 400 bad_arg Bad argument for operator $or: 1.5
        {"$nor": ""}                   | 400 bad_arg Bad argument for operator $nor: <<>>
        {"$not": [1,true]}             | 400 bad_arg Bad argument for operator $not: [1,true]
        {"a": {"$in": null}}           | 400 bad_arg Bad argument for operator $in: null
        {"a": {"$nin": 1}}             | 400 bad_arg Bad argument for operator $nin: 1
        {"a": {"$all": {}}}            | 400 bad_arg Bad argument for operator $all: {[]}
        {"a": {"$exists": 1}}          | 400 bad_arg Bad argument for operator $exists: 1
        {"a": {"$type": 1}}            | 400 bad_arg Bad argument for operator $type: 1
        {"a": {"$mod": [1]}}           | 400 bad_arg Bad argument for operator $mod: [1]
        {"a": {"$mod": [1.5, 2]}}      | 400 bad_arg Bad argument for operator $mod: [1.5,2]
        {"a": {"$mod": [0.0, 2]}}      | 400 bad_arg Bad argument for operator $mod: [0.0,2]
        {"a": {"$mod": [0, 2]}}        | 400 bad_arg Bad argument for operator $mod: [0,2]
        {"a": {"$regex": 1}}           | 400 invalid_operator Invalid operator: $regex
        {"a": {"$regex": "("}}         | 400 bad_arg Bad argument for operator $regex: <<40>>
        {"a": {"$size": -1}}           | 400 bad_arg Bad argument for operator $size: -1
        {"a": {"$size": 1.5}}          | 400 bad_arg Bad argument for operator $size: 1.5
        {"a": {"$beginsWith": 123}}    | 400 invalid_operator Invalid operator: $beginsWith
        {"a": {"$elemMatch": []}}      | 400 bad_arg Bad argument for operator $elemMatch: []
        {"a": {"$allMatch": 1}}        | 400 bad_arg Bad argument for operator $allMatch: 1
        {"a": {"$keyMapMatch": true}}  | 400 bad_arg Bad argument for operator $keyMapMatch: true
        """)
    void compile_wrongSelector_isAnsweredAsCouchDbDoes(String selector, String answer) {
        RequestException refused = assertThrows(RequestException.class, () -> Selector.compile(json(selector)));
        assertEquals(answer, refused.code().status() + " " + refused.code().error() + " " + refused.reason());
    }

    @Test
    void compile_longArgument_isCutInTheMessage() {
        RequestException refused = assertThrows(
                RequestException.class, () -> Selector.compile(json("{\"$and\":\"" + "x".repeat(100_000) + "\"}")));
        assertTrue(refused.reason().length() < 1_100);
    }
}
