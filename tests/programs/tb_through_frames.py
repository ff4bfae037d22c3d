# exit: 1
# A traceback through functions, methods, a comprehension and a lambda, with carets.
class Shop:
    def __init__(self, prices):
        self.prices = prices

    def total(self, items):
        return sum([self.price(item) for item in items])

    def price(self, item):
        discount = lambda price: price["amount"] * (1 - price["discount"])
        return round(discount(self.prices[item]), 2)


def main():
    shop = Shop({"tea": {"amount": 3.5, "discount": 0.1}, "cake": {"amount": 4.0}})
    print(shop.total(["tea"]))
    print(shop.total(["tea", "cake"]))


main()
