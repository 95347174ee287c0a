// Names, places and products that the sample data draws from.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tarn::cli {

struct SampleCity {
  std::string_view city;
  std::string_view country;
  std::string_view region;
};
struct SampleLine {
  std::string_view category;
  std::string_view noun;
  std::string_view tag;
  int32_t price_low;  // whole units of money
  int32_t price_high;
  double weight_kg;  // 0: nothing to ship
};
struct SampleOpinion {
  int32_t rating;
  std::string_view title;
  std::string_view body;
};

inline constexpr std::array<std::string_view, 40> kFirstNames = {
    "Emma",   "Liam",  "Olivia",  "Noah",   "Ava",   "Lucas",  "Mia",    "Ethan",
    "Sofia",  "Mateo", "Zoë",     "José",   "Chloé", "Jürgen", "Ines",   "Łukasz",
    "Freja",  "Björn", "Aiko",    "Haruto", "Priya", "Arjun",  "Fatima", "Omar",
    "Amara",  "Kwame", "Mei",     "Wei",    "Elena", "Dmitri", "Hannah", "Jakob",
    "Camila", "Diego", "Siobhán", "Rory",   "Grace", "Samuel", "Nora",   "Victor"};

inline constexpr std::array<std::string_view, 40> kLastNames = {
    "Smith",    "Johnson",  "Brown",    "Garcia",   "Müller",   "Schmidt", "Dubois",
    "Martin",   "Rossi",    "Bianchi",  "Kowalski", "Nowak",    "Jensen",  "Hansen",
    "Svensson", "Novák",    "Silva",    "Santos",   "Tanaka",   "Suzuki",  "Wang",
    "Li",       "Kim",      "Park",     "Nguyen",   "Patel",    "Singh",   "Haddad",
    "Okafor",   "Mensah",   "O'Connor", "Murphy",   "Walker",   "Wright",  "Lopez",
    "Torres",   "van Dijk", "de Vries", "Weber",    "Andersson"};

inline constexpr std::array<SampleCity, 24> kCities = {{
    {"New York", "United States", "North America"},
    {"Chicago", "United States", "North America"},
    {"Seattle", "United States", "North America"},
    {"Austin", "United States", "North America"},
    {"Toronto", "Canada", "North America"},
    {"Montréal", "Canada", "North America"},
    {"London", "United Kingdom", "Europe"},
    {"Dublin", "Ireland", "Europe"},
    {"Paris", "France", "Europe"},
    {"Lyon", "France", "Europe"},
    {"Berlin", "Germany", "Europe"},
    {"München", "Germany", "Europe"},
    {"Amsterdam", "Netherlands", "Europe"},
    {"Kraków", "Poland", "Europe"},
    {"Stockholm", "Sweden", "Europe"},
    {"Madrid", "Spain", "Europe"},
    {"Tokyo", "Japan", "Asia Pacific"},
    {"Osaka", "Japan", "Asia Pacific"},
    {"Seoul", "South Korea", "Asia Pacific"},
    {"Singapore", "Singapore", "Asia Pacific"},
    {"Sydney", "Australia", "Asia Pacific"},
    {"São Paulo", "Brazil", "Latin America"},
    {"Ciudad de México", "Mexico", "Latin America"},
    {"Buenos Aires", "Argentina", "Latin America"},
}};

inline constexpr std::array<std::string_view, 10> kBrands = {
    "Northwind", "Aurora", "Kestrel", "Lumen",  "Fjord",
    "Tessera",   "Orchid", "Basalt",  "Meadow", "Quill"};

inline constexpr std::array<std::string_view, 6> kEditions = {"Classic", "Pro",  "Lite",
                                                              "Mini",    "Plus", "Eco"};

inline constexpr std::array<SampleLine, 20> kLines = {{
    {"Electronics", "Headphones", "audio", 39, 349, 0.3},
    {"Electronics", "Keyboard", "office", 29, 189, 0.9},
    {"Electronics", "Monitor", "office", 129, 799, 5.2},
    {"Electronics", "Speaker", "audio", 25, 299, 1.4},
    {"Home", "Desk Lamp", "lighting", 19, 99, 1.1},
    {"Home", "Armchair", "furniture", 149, 690, 18.5},
    {"Home", "Bookshelf", "furniture", 79, 320, 24.0},
    {"Kitchen", "Kettle", "appliance", 24, 129, 1.2},
    {"Kitchen", "Chef's Knife", "cooking", 29, 219, 0.4},
    {"Kitchen", "Saucepan", "cooking", 25, 149, 1.6},
    {"Sports", "Yoga Mat", "fitness", 15, 79, 1.3},
    {"Sports", "Running Shoes", "running", 59, 199, 0.7},
    {"Sports", "Tent", "camping", 89, 459, 3.4},
    {"Clothing", "Rain Jacket", "outdoor", 49, 249, 0.6},
    {"Clothing", "Wool Sweater", "winter", 39, 169, 0.5},
    {"Clothing", "Jeans", "casual", 35, 139, 0.7},
    {"Books", "Cookbook", "cooking", 12, 45, 0.8},
    {"Books", "Field Guide", "outdoor", 14, 39, 0.5},
    {"Toys", "Puzzle", "family", 9, 49, 0.6},
    {"Software", "Photo Editor", "digital", 19, 149, 0},
}};

inline constexpr std::array<SampleOpinion, 15> kOpinions = {{
    {5, "Excellent", "Exactly what I hoped for, and it arrived a day early."},
    {5, "Love it", "Use it every day. Well made."},
    {5, "Highly recommended", "Bought a second one as a gift."},
    {5, "Perfect", ""},
    {4, "Very good", "Good quality; the manual could be better."},
    {4, "Solid", "Does the job, fair price."},
    {4, "Happy with it", ""},
    {4, "Nearly perfect", "Only the colour differs a little from the picture."},
    {3, "It is okay", "Not bad, not great."},
    {3, "Average", ""},
    {3, "Mixed feelings", "Nice design, but it feels lighter than expected."},
    {2, "Disappointed", "Stopped working after a month; the replacement is fine."},
    {2, "Not for me", ""},
    {1, "Broke quickly", "Returned it."},
    {1, "Wrong item", "They sent another model, support took a week."},
}};

inline constexpr std::array<std::string_view, 3> kSegments = {
    "Consumer", "Small Business", "Enterprise"};
inline constexpr std::array<std::string_view, 5> kPaymentMethods = {
    "credit_card", "paypal", "bank_transfer", "gift_card", "invoice"};
inline constexpr std::array<std::string_view, 4> kChannels = {"web", "ios", "android",
                                                              "email"};
inline constexpr std::array<std::string_view, 6> kActivityTypes = {
    "page_view", "search", "login", "add_to_cart", "support_ticket", "newsletter_open"};

}  // namespace tarn::cli
