import unittest

from orders import total


class Orders(unittest.TestCase):
    def test_a_total_counts_every_line(self):
        self.assertEqual(total([(1190, 2), (4, 1)]), 2384)

    def test_a_line_of_nothing_is_refused(self):
        with self.assertRaises(ValueError):
            total([(1190, 0)])


if __name__ == "__main__":
    unittest.main()
