#include "tarn/gateway/flight/messages.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/gateway/flight/wire.h"

namespace tarn::gateway::flight {
namespace {

std::string Text(uint32_t number, std::string_view text) {
  std::string message;
  PutBytes(number, text, &message);
  return message;
}

std::string Number(uint32_t number, uint64_t value) {
  std::string message;
  PutNumber(number, value, &message);
  return message;
}

ErrorCode CodeOfCommand(const std::string& bytes) {
  const auto command = ParseCommand(bytes);
  return command.ok() ? ErrorCode::kInternal : CodeOf(command.status());
}

TEST(FlightMessages, StatementsAreRead) {
  const auto command = ParseCommand(
      WriteAny("CommandStatementQuery", Text(1, "SELECT 1") + Text(2, "t-1")));
  ASSERT_TRUE(command.ok()) << command.status();
  const auto& query = std::get<StatementQuery>(*command);
  EXPECT_EQ(query.query, "SELECT 1");
  EXPECT_EQ(query.transaction, "t-1");
}

TEST(FlightMessages, UnknownFieldsAreSkippedAndTheLastOfAFieldCounts) {
  const std::string fixed = "\x5d\x01\x02\x03\x04";  // field 11, 4 bytes
  const std::string fixed_long = "\x61\x01\x02\x03\x04\x05\x06\x07\x08";  // 12, 8 bytes
  const auto command = ParseCommand(WriteAny(
      "CommandStatementUpdate",
      fixed + Text(1, "a") + Number(99, 7) + fixed_long + Text(1, "b") + Text(50, "x")));
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_EQ(std::get<StatementUpdate>(*command).query, "b");
}

TEST(FlightMessages, AnIngestionIsRead) {
  const std::string definition = Number(1, 1) + Number(2, 3);
  const std::string option = Text(1, "key") + Text(2, "value");
  const auto command = ParseCommand(WriteAny(
      "CommandStatementIngest", Text(1, definition) + Text(2, "t") + Text(3, "s") +
                                    Text(4, "") + Number(5, 1) + Text(1000, option)));
  ASSERT_TRUE(command.ok()) << command.status();
  const auto& ingest = std::get<StatementIngest>(*command);
  EXPECT_EQ(ingest.if_missing, IfMissing::kCreate);
  EXPECT_EQ(ingest.if_exists, IfExists::kReplace);
  EXPECT_EQ(ingest.table, "t");
  EXPECT_EQ(ingest.schema, "s");
  EXPECT_EQ(ingest.catalog, "");
  EXPECT_TRUE(ingest.is_temporary);
  EXPECT_EQ(ingest.options.at("key"), "value");
}

TEST(FlightMessages, TablesAndPackedNumbersAreRead) {
  const auto tables = ParseCommand(
      WriteAny("CommandGetTables",
               Text(2, "s%") + Text(4, "VIEW") + Text(4, "BASE TABLE") + Number(5, 1)));
  ASSERT_TRUE(tables.ok());
  const auto& get = std::get<GetTables>(*tables);
  EXPECT_FALSE(get.catalog.has_value());
  EXPECT_EQ(get.schema_pattern, "s%");
  EXPECT_EQ(get.types, (std::vector<std::string>{"VIEW", "BASE TABLE"}));
  EXPECT_TRUE(get.include_schema);
  const auto info =
      ParseCommand(WriteAny("CommandGetSqlInfo", Text(1, "\x01\xf4\x03") + Number(1, 8)));
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(std::get<GetSqlInfo>(*info).ids, (std::vector<uint32_t>{1, 500, 8}));
}

TEST(FlightMessages, WhatIsNoMessageIsRefused) {
  const std::string whole = WriteAny("CommandStatementQuery", Text(1, "SELECT 1"));
  for (size_t size = 0; size + 1 < whole.size(); ++size) {
    const auto cut = ParseCommand(whole.substr(0, size));
    EXPECT_TRUE(!cut.ok() || std::get<StatementQuery>(*cut).query.empty()) << size;
  }
  for (const std::string& bytes :
       {std::string(), std::string("garbage"), std::string(40, '\xff'),
        WriteAny("CommandStatementQuery", "\x0a\xff\xff\xff\xff\x0f"),
        WriteAny("CommandStatementQuery", Number(1, 5)),
        WriteAny("CommandStatementQuery", "\x0b"),  // a group
        WriteAny("CommandPreparedStatementQuery", ""),
        Text(1, "type.googleapis.com/other.Message")}) {
    EXPECT_EQ(CodeOfCommand(bytes), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(CodeOfCommand(WriteAny("CommandStatementSubstraitPlan", "")),
            ErrorCode::kNotSupported);
}

TEST(FlightMessages, ActionsAreRead) {
  const auto end = ParseAction("EndTransaction", WriteAny("ActionEndTransactionRequest",
                                                          Text(1, "id") + Number(2, 1)));
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_TRUE(std::get<EndTransaction>(*end).is_commit);
  EXPECT_FALSE(ParseAction("EndTransaction", WriteAny("ActionEndTransactionRequest",
                                                      Text(1, "id") + Number(2, 0)))
                   .ok());
  EXPECT_FALSE(
      ParseAction("EndTransaction", WriteAny("ActionBeginTransactionRequest", "")).ok());
  EXPECT_EQ(CodeOf(ParseAction("Dance", "").status()), ErrorCode::kNotSupported);
}

TEST(FlightMessages, ACancelNamesTheTicketsOfItsInformation) {
  const std::string ticket = TicketOf({.handle = "h"});
  const std::string info = Text(1, "schema") + Text(3, Text(1, Text(1, ticket)));
  for (const bool in_any : {true, false}) {
    const std::string body =
        in_any ? WriteAny("ActionCancelQueryRequest", Text(1, info)) : Text(1, info);
    const auto call = ParseAction(in_any ? "CancelQuery" : "CancelFlightInfo", body);
    ASSERT_TRUE(call.ok()) << call.status();
    EXPECT_EQ(std::get<CancelQuery>(*call).tickets, std::vector{ticket});
  }
  const auto read = ParseCommand(ticket);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(std::get<StatementTicket>(*read).handle, "h");
}

TEST(FlightMessages, NegativeCountsTakeTenBytes) {
  EXPECT_EQ(WriteRecordCount(-1).size(), 11U);
}

}  // namespace
}  // namespace tarn::gateway::flight
