#include "tarn/iceberg/type.h"

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::vector<Type> AllPrimitives() {
  return {Type::Boolean(),
          Type::Int(),
          Type::Long(),
          Type::Float(),
          Type::Double(),
          Type::Date(),
          Type::Time(),
          Type::Timestamp(),
          Type::TimestampTz(),
          Type::TimestampNs(),
          Type::TimestampTzNs(),
          Type::String(),
          Type::Uuid(),
          Type::Fixed(16),
          Type::Binary(),
          Type::Decimal(9, 2),
          Type::Unknown(),
          Type::Geometry(),
          Type::Geometry("EPSG:3857"),
          Type::Geography(),
          Type::Geography("EPSG:4269", "karney")};
}

TEST(Type, TextOfEveryPrimitiveReadsBack) {
  for (const Type& type : AllPrimitives()) {
    SCOPED_TRACE(type.ToString());
    EXPECT_TRUE(type.is_primitive());
    EXPECT_FALSE(type.is_nested());
    EXPECT_TRUE(type.fields().empty());
    ASSERT_OK_AND_ASSIGN(const Type again, PrimitiveTypeFromString(type.ToString()));
    EXPECT_EQ(again, type);
  }
}

TEST(Type, EveryTwoPrimitivesDiffer) {
  const std::vector<Type> types = AllPrimitives();
  for (size_t i = 0; i < types.size(); ++i) {
    for (size_t k = 0; k < types.size(); ++k) {
      EXPECT_EQ(types[i] == types[k], i == k)
          << types[i].ToString() << " " << types[k].ToString();
    }
  }
  EXPECT_NE(Type::Decimal(9, 2), Type::Decimal(9, 3));
  EXPECT_NE(Type::Decimal(9, 2), Type::Decimal(10, 2));
  EXPECT_NE(Type::Fixed(4), Type::Fixed(5));
}

TEST(Type, Trap49_SpacesInTypeTextAreAllowed) {
  const std::pair<const char*, Type> cases[] = {
      {"decimal(9,2)", Type::Decimal(9, 2)},
      {"decimal(9, 2)", Type::Decimal(9, 2)},
      {"decimal( 38 , 0 )", Type::Decimal(38, 0)},
      {"decimal (9,2)", Type::Decimal(9, 2)},
      {"fixed[16]", Type::Fixed(16)},
      {"fixed[ 16 ]", Type::Fixed(16)},
      {"DECIMAL(9,2)", Type::Decimal(9, 2)},
      {"Long", Type::Long()},
      {"geometry( OGC:CRS84 )", Type::Geometry()},
      {"geography(srid:4326, Spherical)", Type::Geography("srid:4326")},
  };
  for (const auto& [text, type] : cases) {
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(const Type parsed, PrimitiveTypeFromString(text));
    EXPECT_EQ(parsed, type);
  }
}

TEST(Type, WrongTextIsRefused) {
  for (const char* text : {"",
                           " ",
                           "integer",
                           "int ()",
                           "decimal",
                           "decimal()",
                           "decimal(9)",
                           "decimal(9,2",
                           "decimal(39,0)",
                           "decimal(0,0)",
                           "decimal(5,6)",
                           "decimal(5,-1)",
                           "decimal(9,2,1)",
                           "decimal[9,2]",
                           "fixed",
                           "fixed[]",
                           "fixed[-1]",
                           "fixed(16)",
                           "fixed[99999999999]",
                           "struct",
                           "list",
                           "map",
                           "geography(OGC:CRS84, flat)",
                           "decimal(9,2)x",
                           "(",
                           "[",
                           "long]"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(PrimitiveTypeFromString(text), ErrorCode::kInvalidData, "");
  }
}

TEST(Type, NestedTypesShareTheirChildren) {
  const Type list = Type::List(2, Type::String(), /*element_required=*/true);
  EXPECT_EQ(list.element().id, 2);
  EXPECT_EQ(list.element().name, "element");
  EXPECT_TRUE(list.element().required);
  const Type map = Type::Map(3, Type::String(), 4, list, /*value_required=*/false);
  EXPECT_EQ(map.key().name, "key");
  EXPECT_TRUE(map.key().required);
  EXPECT_EQ(map.value().name, "value");
  EXPECT_FALSE(map.value().required);
  EXPECT_EQ(map.value().type.fields().data(), list.fields().data());
  const Type row = Type::Struct({{.id = 1, .name = "m", .type = map, .required = true},
                                 {.id = 5, .name = "n", .type = Type::Long()}});
  EXPECT_TRUE(row.is_nested());
  EXPECT_EQ(row.ToString(),
            "struct<1: m: required map<string, list<string>>, 5: n: optional long>");
}

TEST(Type, EqualityLooksAtEverythingInside) {
  const auto make = [](FieldId id, const char* name, bool required, const char* doc) {
    return Type::Struct({{.id = id,
                          .name = name,
                          .type = Type::Int(),
                          .required = required,
                          .doc = doc}});
  };
  const Type base = make(1, "a", true, "x");
  EXPECT_EQ(base, make(1, "a", true, "x"));
  EXPECT_NE(base, make(2, "a", true, "x"));
  EXPECT_NE(base, make(1, "b", true, "x"));
  EXPECT_NE(base, make(1, "a", false, "x"));
  EXPECT_NE(base, make(1, "a", true, "y"));
  EXPECT_NE(base, Type::Struct({}));
  EXPECT_NE(Type::List(1, Type::Int(), true), Type::List(1, Type::Int(), false));
  EXPECT_NE(Type::List(1, Type::Int(), true), Type::List(1, Type::Long(), true));
}

TEST(Type, DefaultIsUnknown) { EXPECT_EQ(Type(), Type::Unknown()); }

TEST(TypeDeathTest, AccessorsCheckTheKind) {
  EXPECT_DEATH((void)Type::Int().element(), "kList");
  EXPECT_DEATH((void)Type::List(1, Type::Int(), true).key(), "kMap");
}

}  // namespace
}  // namespace tarn::iceberg
